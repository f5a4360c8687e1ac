"""What is doubtful about the facts themselves: jobs that two sources may have told twice."""
