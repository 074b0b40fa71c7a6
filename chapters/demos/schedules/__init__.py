"""The demos of chapter 5, Learning-rate schedules."""
