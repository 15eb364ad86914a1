from charging.export import SESSION_EXPORT

JOB_KINDS = (SESSION_EXPORT,)
