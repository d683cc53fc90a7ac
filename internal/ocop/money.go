package ocop

// VND is an amount of whole Vietnamese đồng. 0 means "no price known".
type VND int64

// The prices that ReadVND takes for real: one below MinPrice was most likely
// meant in thousands, one above MaxPrice is two numbers in one.
const (
	MinPrice VND = 1_000
	MaxPrice VND = 10_000_000_000
)
