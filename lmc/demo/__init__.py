"""Two scripted stories, a simulated population, and playing them into a running stack."""
