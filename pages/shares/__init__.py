"""A workspace's share links: all of them, and one with what it shows, its viewers and its log.

Rules and storage are `dashapp/sharing/`.
"""
