"""A job's frame. Bookmarks are kept by Glue alone: here a run reads everything."""


class Job:
    """The job that a script says it is."""

    def __init__(self, glue_context):
        self.glue_context = glue_context

    def init(self, job_name, args=None):
        """Begins the job."""

    def commit(self):
        """Ends the job."""

    def isInitialized(self):
        """Whether it has begun."""
        return True
