package ocop

// Stars is a rating of 1 to 5; 0 is none.
// Points of Decision 148/QĐ-TTg (24 February 2023): 5 from 90, 4 from 70,
// 3 from 50, 2 from 30, else 1.
type Stars int

// Rating is what a registry says of a product's stars. Only the recognized
// ones count: a product proposed for 5 stars is what it was before, and a new
// product "đề xuất 3 sao" has none.
type Rating struct {
	Recognized Stars `json:"recognized,omitempty"`
	Proposed   Stars `json:"proposed,omitempty"`
}
