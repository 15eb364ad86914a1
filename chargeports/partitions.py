from common.partitions import PartitionedTable

# Who did what to a station is told for two years.
SECURITY_EVENTS = PartitionedTable(table="chargeports_securityevent", unit="month", keep_days=731, ahead=1)

PARTITIONED = (SECURITY_EVENTS,)
