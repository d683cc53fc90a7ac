package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tokenLife    = time.Hour
	keyLife      = 24 * time.Hour
	postmartBase = 1001 // the first category
)

// postmart plays postmart.yaml. Its lists only grow, so a cursor is a place in them.
type postmart struct {
	now    func() time.Time
	ledger *ledger
	delay  time.Duration

	mu       sync.Mutex
	serial   int
	tokens   map[string]time.Time // when they end
	images   map[string]bool
	keys     map[string]*keptAnswer
	products []*pmProduct // by id
	byID     map[string]*pmProduct
	bySKU    map[string]*pmProduct
	requests []*pmRequest // oldest first
	reqByID  map[string]*pmRequest
	reqBySKU map[string][]*pmRequest
	waiting  []*pmRequest // not decided, oldest first
	rejects  map[string]string
	nextNo   []string
}

type pmContent struct {
	SKU         string            `json:"sku"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	CategoryID  int               `json:"category_id"`
	Images      []string          `json:"images"`
	Price       int64             `json:"price"`
	Stock       int               `json:"stock"`
	Unit        string            `json:"unit"`
	Documents   []pmDocument      `json:"documents,omitempty"`
	Attributes  map[string]string `json:"attributes,omitempty"`
}

type pmDocument struct {
	Kind    string `json:"kind"`
	ImageID string `json:"image_id"`
}

type pmProduct struct {
	ID          string    `json:"id"`
	State       string    `json:"state"`
	StateReason string    `json:"state_reason,omitempty"`
	URL         string    `json:"url,omitempty"`
	Content     pmContent `json:"content"`
	UpdatedAt   time.Time `json:"updated_at"`
}

type pmRequest struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	SKU       string     `json:"sku"`
	State     string     `json:"state"`
	ProductID string     `json:"product_id,omitempty"`
	Reasons   []pmReason `json:"reasons,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`

	content pmContent
	target  string // product_id of an update
	place   int    // in requests
}

type pmReason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// keptAnswer is what an Idempotency-Key stands for.
type keptAnswer struct {
	body   [sha256.Size]byte
	at     time.Time
	status int // 0 while under way
	kind   string
	answer []byte
}

func newPostmart(now func() time.Time, l *ledger, delay time.Duration) *postmart {
	return &postmart{
		now: now, ledger: l, delay: delay,
		tokens: make(map[string]time.Time), images: make(map[string]bool), keys: make(map[string]*keptAnswer),
		byID: make(map[string]*pmProduct), bySKU: make(map[string]*pmProduct),
		reqByID: make(map[string]*pmRequest), reqBySKU: make(map[string][]*pmRequest), rejects: make(map[string]string),
	}
}

func (p *postmart) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", p.serveToken)
	for pattern, serve := range map[string]http.HandlerFunc{
		"GET /partner/v1/categories":              p.serveCategories,
		"POST /partner/v1/images":                 p.serveUpload,
		"POST /partner/v1/product-requests":       p.serveRequest,
		"GET /partner/v1/product-requests":        p.serveRequests,
		"GET /partner/v1/product-requests/{id}":   p.serveOneRequest,
		"GET /partner/v1/products":                p.serveProducts,
		"PATCH /partner/v1/products/{id}/offer":   p.serveOffer,
		"POST /partner/v1/products/{id}/{action}": p.serveAction,
	} {
		mux.HandleFunc(pattern, p.authorized(serve))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { pmFail(w, 404, "not_found", "No such address") })
	return mux
}

func pmFail(w http.ResponseWriter, status int, code, title string) {
	writeProblem(w, problem{Status: status, Code: code, Title: title})
}

func (p *postmart) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.PostForm.Get("grant_type") != "client_credentials" ||
		r.PostForm.Get("client_id") != PostmartClientID || r.PostForm.Get("client_secret") != PostmartClientSecret {
		pmFail(w, http.StatusUnauthorized, "invalid_client", "Wrong client credentials")
		return
	}
	p.mu.Lock()
	p.serial++
	token := fmt.Sprintf("pm-token-%d", p.serial)
	p.tokens[token] = p.now().Add(tokenLife)
	p.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds())})
}

// authorized checks the token and lets what is due be decided first.
func (p *postmart) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		p.mu.Lock()
		now := p.now()
		if callOf(r).twist == FaultExpiredToken {
			delete(p.tokens, token)
		}
		ends, known := p.tokens[token]
		if known && !now.Before(ends) {
			delete(p.tokens, token)
			known = false
		}
		if known {
			p.decideDue(now)
		}
		p.mu.Unlock()
		if !known {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			pmFail(w, http.StatusUnauthorized, "invalid_token", "Unknown or expired token")
			return
		}
		next(w, r)
	}
}

func (p *postmart) serveCategories(w http.ResponseWriter, _ *http.Request) {
	type category struct {
		ID         int      `json:"id"`
		Name       string   `json:"name"`
		Attributes []string `json:"required_attributes,omitempty"`
		Documents  []string `json:"required_documents,omitempty"`
	}
	var items []category
	for i, sub := range subgroups {
		if sub.group == "du-lich" {
			continue
		}
		c := category{ID: postmartBase + i, Name: sub.name, Attributes: sub.attributes}
		if sub.document != "" {
			c.Documents = []string{sub.document}
		}
		items = append(items, c)
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

// categoryOf gives the sub-group that a category is, false for none.
func categoryOf(id, base int) (subgroup, bool) {
	if id < base || id >= base+len(subgroups) || subgroups[id-base].group == "du-lich" {
		return subgroup{}, false
	}
	return subgroups[id-base], true
}

// window is the part of a list that a call asks for.
type window struct{ from, limit int }

// readWindow answers 422 itself.
func readWindow(w http.ResponseWriter, r *http.Request, start int) (window, bool) {
	q := r.URL.Query()
	win := window{from: start, limit: 50}
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > 100 {
			pmInvalid(w, fieldError{"limit", "invalid_field", "1 to 100"})
			return win, false
		}
		win.limit = n
	}
	if c := q.Get("cursor"); c != "" {
		raw, err := base64.RawURLEncoding.DecodeString(c)
		from, err2 := strconv.Atoi(string(raw))
		if err != nil || err2 != nil {
			pmInvalid(w, fieldError{"cursor", "invalid_field", "not one of ours"})
			return win, false
		}
		win.from = from
	}
	return win, true
}

func cursorAt(place int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(place)))
}

// pmInvalid answers 422 with every fault of a body; the first one names it.
func pmInvalid(w http.ResponseWriter, faults ...fieldError) {
	writeProblem(w, problem{Status: http.StatusUnprocessableEntity, Code: faults[0].Code, Title: "The request is not valid", Errors: faults})
}
