"""Courses, enrolment, completion, work practice and the waiting list."""
