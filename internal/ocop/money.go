package ocop

// VND is an amount of whole Vietnamese đồng. 0 means "no price known".
type VND int64
