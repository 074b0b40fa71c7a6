"""What the pages load: the palette, and scripts, style sheets and fonts without unused parts.

`trim` listens to Sphinx and decides what to cut; `styles` cuts style sheets and `fonts` cuts fonts.
`embedded_fonts` writes fonts into the 404 page.
"""
