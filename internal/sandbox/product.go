package sandbox

import "time"

// The registry's record, as registry.yaml says.
type record struct {
	Code          string       `json:"code"`
	Name          string       `json:"name"`
	Stars         int          `json:"stars"`
	ProposedStars int          `json:"proposed_stars,omitempty"`
	Status        string       `json:"status"`
	Group         string       `json:"group"`
	Subgroup      string       `json:"subgroup,omitempty"`
	Producer      producer     `json:"producer"`
	Certificate   *certificate `json:"certificate,omitempty"`
	Description   string       `json:"description,omitempty"`
	Story         string       `json:"story,omitempty"`
	Images        []string     `json:"images"`
	Documents     []document   `json:"documents,omitempty"`
	UpdatedAt     time.Time    `json:"updated_at"`
}

type producer struct {
	Code           string `json:"code,omitempty"`
	Name           string `json:"name"`
	Kind           string `json:"kind"`
	Representative string `json:"representative,omitempty"`
	Phone          string `json:"phone,omitempty"`
	Email          string `json:"email,omitempty"`
	Address        string `json:"address,omitempty"`
	Commune        string `json:"commune,omitempty"`
	District       string `json:"district,omitempty"`
}

type certificate struct {
	Number    string `json:"number,omitempty"`
	Decision  string `json:"decision,omitempty"`
	IssuedOn  string `json:"issued_on,omitempty"`
	ExpiresOn string `json:"expires_on,omitempty"`
	RevokedOn string `json:"revoked_on,omitempty"`
}

type document struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
}

// offer is a product's row in the producers' price list.
type offer struct {
	Listed bool   // has a row
	Price  int64  // VND; 0 when the cell holds none that can be read
	Text   string // the cell as a person wrote it; a number when empty
	Unit   string
	Stock  *int
	Weight string
	ByName bool // the row has no code, only name and producer
}

// The pictures that a product may have.
type pictureKind int

const (
	pictureGood pictureKind = iota
	pictureNone
	pictureSmall
	pictureMissing
)

// item is a product with everything that the generator knows of it. Once in a
// catalogue it is changed under the catalogue's lock only.
type item struct {
	record
	id          int // in the national dialect
	offer       offer
	pictures    pictureKind
	lastDay     time.Time // the certificate's last day, midnight UTC; zero without one
	withdrawnAt time.Time
	encoded     []byte // the record as JSON; replaced, never written into
}
