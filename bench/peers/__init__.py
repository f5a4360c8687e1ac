"""The same work done by others: MI-13 `placed` by municipality, month and sex, beside our fold."""
