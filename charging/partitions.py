from common.partitions import PartitionedTable

METER_VALUES = PartitionedTable(table="charging_metervalue", unit="month", ahead=1)
# Who charged where is told for two years; the sessions themselves stay.
ACTIVATIONS = PartitionedTable(table="charging_activation", unit="month", keep_days=731, ahead=1)

PARTITIONED = (METER_VALUES, ACTIVATIONS)
