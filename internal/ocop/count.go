package ocop

import "strconv"

// Count writes a number of things in English: "1 listing", "2 listings".
// Vietnamese has one form for any number.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
