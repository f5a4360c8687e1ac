"""Jobseekers, vacancies, proposals, placements and employment checks."""
