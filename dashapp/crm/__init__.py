"""What people of a workspace work with: tasks."""
