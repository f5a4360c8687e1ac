"""What every process needs: settings, logs, metrics, errors, retries, tasks, clock and ids."""
