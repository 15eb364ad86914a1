from common.partitions import PartitionedTable

METER_VALUES = PartitionedTable(table="charging_metervalue", unit="month", ahead=1)

PARTITIONED = (METER_VALUES,)
