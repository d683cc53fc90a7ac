package ocop

// Stars is a rating of 1 to 5; 0 is none.
type Stars int

// MaxStars is the highest rating.
const MaxStars Stars = 5

// Valid says whether s is a rating, 1 to 5.
func (s Stars) Valid() bool { return 1 <= s && s <= MaxStars }

// StarsOfPoints gives the rating that points of an assessment earn (Decision
// 148/QĐ-TTg, 24 February 2023): 5 from 90, 4 from 70, 3 from 50, 2 from 30,
// else 1. Points are no rating: they check one, they never make one.
func StarsOfPoints(points float64) Stars {
	switch {
	case points >= 90:
		return 5
	case points >= 70:
		return 4
	case points >= 50:
		return 3
	case points >= 30:
		return 2
	}
	return 1
}

// Rating is what a registry says of a product's stars. Only the recognized
// ones count: a product proposed for 5 stars is what it was before, and a new
// product "đề xuất 3 sao" has none.
type Rating struct {
	Recognized Stars `json:"recognized,omitempty"`
	Proposed   Stars `json:"proposed,omitempty"`
}
