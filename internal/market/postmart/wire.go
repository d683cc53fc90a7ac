package postmart

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// The wire structs, as postmart.yaml names them. Only what we read or write is
// in them.

// list is one page of products or requests. Items is nil when the answer has
// none, which is another thing than an empty page.
type list[T any] struct {
	Items      *[]T   `json:"items"`
	NextCursor string `json:"next_cursor"`
}

type content struct {
	SKU         string     `json:"sku"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	CategoryID  int64      `json:"category_id"`
	Images      []string   `json:"images"`
	Price       int64      `json:"price"`
	Stock       int64      `json:"stock"`
	Unit        string     `json:"unit"`
	Documents   []document `json:"documents,omitempty"`
	// Attributes is an object of strings. It is kept as it came, since it may
	// hold attributes that are not ours.
	Attributes json.RawMessage `json:"attributes,omitempty"`
}

type document struct {
	Kind    string `json:"kind"`
	ImageID string `json:"image_id"`
}

// attributes are those that we manage.
type attributes struct {
	Stars       string `json:"ocop_stars,omitempty"`
	Certificate string `json:"ocop_certificate,omitempty"`
	ExpiresOn   string `json:"ocop_expires_on,omitempty"`
	Producer    string `json:"producer,omitempty"`
	Origin      string `json:"origin,omitempty"`
}

type product struct {
	ID          string    `json:"id"`
	State       string    `json:"state"`
	StateReason string    `json:"state_reason"`
	URL         string    `json:"url"`
	Content     content   `json:"content"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// The kinds and states of a request.
const (
	kindCreate = "create"
	kindUpdate = "update"

	stateQueued   = "queued"
	stateInReview = "in_review"
	stateApproved = "approved"
	stateRejected = "rejected"
)

type requestBody struct {
	Kind      string  `json:"kind"`
	ProductID string  `json:"product_id,omitempty"`
	Content   content `json:"content"`
}

type productRequest struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	SKU       string    `json:"sku"`
	State     string    `json:"state"`
	ProductID string    `json:"product_id"`
	Reasons   []reason  `json:"reasons"`
	CreatedAt time.Time `json:"created_at"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
}

type reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// offer is what PATCH takes; a nil field is not sent.
type offer struct {
	Price *int64 `json:"price,omitempty"`
	Stock *int64 `json:"stock,omitempty"`
}

type category struct {
	ID         int64    `json:"id"`
	Name       string   `json:"name"`
	Attributes []string `json:"required_attributes"`
	Documents  []string `json:"required_documents"`
}

type stored struct {
	ID string `json:"id"`
}

// remote gives the product as the engine sees it. It fails on what the
// contract does not allow.
func (p *product) remote() (listing.Remote, error) {
	if p.ID == "" {
		return listing.Remote{}, errors.New("a product without id")
	}
	var state listing.State
	switch p.State {
	case "on_sale":
		state = listing.OnSale
	case "unlisted":
		state = listing.OffSale
	case "locked":
		state = listing.Locked
	case "taken_down":
		state = listing.TakenDown
	default:
		return listing.Remote{}, fmt.Errorf("product %s has the unknown state %q", p.ID, p.State)
	}
	c := &p.Content
	r := listing.Remote{
		ID: p.ID, SKU: listing.SKU(c.SKU), State: state,
		Title: c.Name, Description: c.Description,
		Price: ocop.VND(c.Price), Stock: c.Stock, Unit: c.Unit, Pictures: c.Images,
		URL: p.URL, UpdatedAt: p.UpdatedAt,
	}
	if p.StateReason != "" {
		r.Words = market.CleanWords(p.StateReason)
	}
	if c.CategoryID != 0 {
		r.Category = strconv.FormatInt(c.CategoryID, 10)
	}
	if len(c.Attributes) > 0 {
		var a struct {
			Certificate any `json:"ocop_certificate"`
		}
		// A hand-made listing may hold anything here: what is no text is no number.
		if json.Unmarshal(c.Attributes, &a) == nil {
			r.Certificate, _ = a.Certificate.(string)
		}
	}
	return r, nil
}

// check fails on a request that the contract does not allow.
func (r *productRequest) check() error {
	switch {
	case r.ID == "":
		return errors.New("a request without id")
	case r.SKU == "":
		return fmt.Errorf("request %s has no sku", r.ID)
	case r.Kind != kindCreate && r.Kind != kindUpdate:
		return fmt.Errorf("request %s has the unknown kind %q", r.ID, r.Kind)
	}
	switch r.State {
	case stateQueued, stateInReview, stateApproved, stateRejected:
		return nil
	}
	return fmt.Errorf("request %s has the unknown state %q", r.ID, r.State)
}

func (r *productRequest) open() bool { return r.State == stateQueued || r.State == stateInReview }

// impliesProduct says whether the SKU has a product if this is its newest request.
func (r *productRequest) impliesProduct() bool {
	return r.Kind == kindUpdate || r.State == stateApproved
}

// remote gives an open or rejected request as the engine sees it.
func (r *productRequest) remote() listing.Remote {
	out := listing.Remote{
		SKU: listing.SKU(r.SKU), State: listing.InReview, Submission: r.ID, UpdatedAt: r.CreatedAt,
	}
	if r.Kind == kindUpdate {
		out.ID = r.ProductID
	}
	if r.State == stateRejected {
		out.State = listing.Rejected
		out.Words = r.words()
		out.UpdatedAt = r.DecidedAt
	}
	return out
}

// words are the mall's reasons for a rejection as one line.
func (r *productRequest) words() string {
	parts := make([]string, 0, len(r.Reasons))
	for _, why := range r.Reasons {
		switch {
		case why.Message == "":
			parts = append(parts, why.Code)
		case why.Code == "":
			parts = append(parts, why.Message)
		default:
			parts = append(parts, why.Code+": "+why.Message)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return market.CleanWords(strings.Join(parts, "; "))
}
