"""Mails: written into the outbox with whatever they tell of, sent by a job, never in a request."""
