package ocop

import "time"

// A Code identifies a product in its registry, for example
// "83-829-28780-3-2022" (province-district-commune-serial-year). It is opaque:
// communes and districts changed in 2025, so nothing is read out of it.
type Code string

// Status is what the registry says of a product's recognition.
type Status string

// The statuses of the registry's contract.
const (
	StatusRecognized Status = "recognized"
	StatusExpired    Status = "expired"
	StatusRevoked    Status = "revoked"
	StatusWithdrawn  Status = "withdrawn"
)

// A Product is one OCOP product as its registry and its producer's price list
// describe it, cleaned (NFC, white space) but not yet fitted to any market.
type Product struct {
	Code        Code        `json:"code"`
	Name        string      `json:"name"`
	Rating      Rating      `json:"rating"`
	Status      Status      `json:"status"`
	Group       Group       `json:"group,omitempty"`
	Subgroup    string      `json:"subgroup,omitempty"` // as written; compare by NameKey
	Producer    Producer    `json:"producer"`
	Certificate Certificate `json:"certificate"`
	Description string      `json:"description,omitempty"` // may hold HTML from people's keyboards
	Story       string      `json:"story,omitempty"`       // likewise
	Images      []string    `json:"images,omitempty"`      // addresses, best first
	Documents   []Document  `json:"documents,omitempty"`
	Offer       Offer       `json:"offer"`
	UpdatedAt   time.Time   `json:"updated_at,omitzero"`
	// Faults are the fields of this product that could not be read surely.
	// A fault in the rating, the certificate or the price blocks what depends
	// on it; the others are reported only.
	Faults []Fault `json:"faults,omitempty"`
}

// An Offer is what a producer asks for a product. No registry seen carries it;
// it comes from the price list, which beats the registry field by field.
type Offer struct {
	Price       VND      `json:"price,omitempty"` // 0: not known
	Unit        string   `json:"unit,omitempty"`  // "hộp 250g"; "": not known
	Stock       *int64   `json:"stock,omitempty"` // pieces; nil: not known
	Images      []string `json:"images,omitempty"`
	GTIN        string   `json:"gtin,omitempty"`
	WeightGrams int64    `json:"weight_grams,omitempty"` // 0: not known
}

// Over gives the offer whose known fields are o's and whose others are base's:
// the price list (o) beats the registry (base) field by field (design decision 5).
func (o Offer) Over(base Offer) Offer {
	if o.Price != 0 {
		base.Price = o.Price
	}
	if o.Unit != "" {
		base.Unit = o.Unit
	}
	if o.Stock != nil {
		base.Stock = o.Stock
	}
	if len(o.Images) > 0 {
		base.Images = o.Images
	}
	if o.GTIN != "" {
		base.GTIN = o.GTIN
	}
	if o.WeightGrams != 0 {
		base.WeightGrams = o.WeightGrams
	}
	return base
}

// ProducerKind is one of the four kinds of producers.
type ProducerKind string

// The kinds of producers.
const (
	Company     ProducerKind = "doanh-nghiep"
	Cooperative ProducerKind = "hop-tac-xa"
	CoopGroup   ProducerKind = "to-hop-tac"
	Household   ProducerKind = "ho-kinh-doanh"
)

// A Producer (chủ thể) owns its products, prices and stock. Phone and e-mail
// are for operators only and never logged (design decision 14).
type Producer struct {
	Code           string       `json:"code,omitempty"`
	Name           string       `json:"name"`
	Kind           ProducerKind `json:"kind,omitempty"`
	Representative string       `json:"representative,omitempty"`
	Phone          string       `json:"phone,omitempty"`
	Email          string       `json:"email,omitempty"`
	Address        string       `json:"address,omitempty"`
	Commune        string       `json:"commune,omitempty"`
	District       string       `json:"district,omitempty"` // until July 2025
}

// DocumentKind names a paper that a market may ask for.
type DocumentKind string

// The documents of the registry's contract.
const (
	OCOPCertificate   DocumentKind = "ocop_certificate"
	FoodSafety        DocumentKind = "food_safety"
	AlcoholLicence    DocumentKind = "alcohol_licence"
	HealthDeclaration DocumentKind = "health_declaration"
)

// A Document is the scan of a paper.
type Document struct {
	Kind DocumentKind `json:"kind"`
	URL  string       `json:"url"`
}

// HasDocument says whether the product has a scan of the kind.
func (p *Product) HasDocument(kind DocumentKind) bool {
	for _, d := range p.Documents {
		if d.Kind == kind {
			return true
		}
	}
	return false
}

// FaultIn gives the first fault of the named field (see the Field constants).
func (p *Product) FaultIn(f Field) (Fault, bool) {
	for _, fault := range p.Faults {
		if fault.Field == f {
			return fault, true
		}
	}
	return Fault{}, false
}
