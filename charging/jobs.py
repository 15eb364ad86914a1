from charging.export import SESSION_EXPORT
from charging.services.fault_rules import RECLASSIFY

JOB_KINDS = (SESSION_EXPORT, RECLASSIFY)
