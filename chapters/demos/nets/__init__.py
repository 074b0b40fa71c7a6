"""Networks, optimizers and pictures of digits that the demos of several chapters share.

`images` loads the pictures. `network` has dense networks with their first parameters, loss and
gradient, and `functions` the logistic function and the softmax. `optimizers` has the nine update
rules of chapter 3. `training` trains the network of chapters 3 to 6 with a learning rate for each
step, `recipe` those of chapter 7 with every choice of the course. `contours` draws lines of equal
loss, `names` the names of lines, and `rain` is the small network that forecasts rain.
"""
