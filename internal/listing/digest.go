package listing

import "ocopsync/internal/ocop"

// Field is a part of a listing that can differ by itself.
type Field uint16

// The fields, one bit each.
const (
	FieldTitle Field = 1 << iota
	FieldDescription
	FieldCategory
	FieldPrice
	FieldStock
	FieldUnit
	FieldPictures
	FieldDocuments
	FieldAttributes
	FieldState // on sale or not: not part of a Digest, but of a change
)

// Fields is a set of fields.
type Fields = Field

// A Digest is a listing in 88 bytes, field by field, so that 60,000 of them can
// be compared without their texts. Price and stock are kept as they are, texts
// as 64-bit hashes: Title and Description of the exact text, TitleText and
// DescriptionText of its words alone (tags, entities and white space stripped),
// because no market gives a text back as it was sent.
// A zero hash means "empty or not shown".
type Digest struct {
	Title           uint64
	TitleText       uint64
	Description     uint64
	DescriptionText uint64
	Category        uint64
	Unit            uint64
	Pictures        uint64
	Documents       uint64
	Attributes      uint64
	Price           ocop.VND
	Stock           int64
}
