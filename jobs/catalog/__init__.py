"""One module per job, each with a constant JOB; a new file here is a new job."""
