package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const wooPath = "/wp-json/wc/v3"

// lamdong plays WooCommerce's REST API v3 as the recordings show it.
type lamdong struct {
	now    func() time.Time
	ledger *ledger
	media  *media
	base   string // the shop's own address

	mu         sync.Mutex
	nonces     map[string]time.Time
	lastPost   int // products and pictures share their numbers
	lastMeta   int
	products   []*wooProduct // by id
	byID       map[int]*wooProduct
	bySKU      map[string]*wooProduct // in small letters, trashed ones included
	slugs      map[string]bool
	uploads    map[string]int // picture file names taken
	pictures   map[int]wooImage
	categories []wooCategory // by id
}

func newLamdong(now func() time.Time, l *ledger, m *media, base string) *lamdong {
	d := &lamdong{
		now: now, ledger: l, media: m, base: base,
		nonces: make(map[string]time.Time), lastPost: 9, lastMeta: 27,
		byID: make(map[int]*wooProduct), bySKU: make(map[string]*wooProduct), slugs: make(map[string]bool),
		uploads: make(map[string]int), pictures: make(map[int]wooImage),
	}
	d.categories = []wooCategory{{ID: wooUncategorized, Name: "Uncategorized", Slug: "uncategorized"}}
	for _, sub := range subgroups {
		if sub.group != "du-lich" {
			d.addCategory(sub.name, "", 0, "")
		}
	}
	return d
}

func (d *lamdong) routes() *http.ServeMux {
	mux := http.NewServeMux()
	collection, one, batch := "GET, POST", "GET, POST, PUT, PATCH, DELETE", "POST, PUT, PATCH"
	for _, route := range []struct {
		pattern, allow string
		serve          func(http.ResponseWriter, *http.Request) *wooError
	}{
		{"GET " + wooPath + "/products", collection, d.serveList},
		{"POST " + wooPath + "/products", collection, d.serveCreate},
		{"POST " + wooPath + "/products/batch", batch, d.serveBatch},
		{"GET " + wooPath + "/products/{id}", one, d.serveOne},
		{"POST " + wooPath + "/products/{id}", one, d.serveUpdate},
		{"PUT " + wooPath + "/products/{id}", one, d.serveUpdate},
		{"PATCH " + wooPath + "/products/{id}", one, d.serveUpdate},
		{"DELETE " + wooPath + "/products/{id}", one, d.serveDelete},
		{"GET " + wooPath + "/products/categories", collection, d.serveCategories},
		{"POST " + wooPath + "/products/categories", collection, d.serveAddCategory},
		{"GET " + wooPath + "/products/categories/{id}", one, d.serveCategory},
	} {
		mux.HandleFunc(route.pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "<"+d.base+`/wp-json/>; rel="https://api.w.org/"`)
			if fail := d.authenticate(r); fail != nil {
				writeWooError(w, r, fail)
				return
			}
			w.Header().Set("Allow", route.allow)
			if fail := route.serve(w, r); fail != nil {
				writeWooError(w, r, fail)
			}
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeWooError(w, r, &wooError{status: 404, Code: "rest_no_route", Message: "No route was found matching the URL and request method."})
	})
	return mux
}

// wooError is WordPress's way to refuse.
type wooError struct {
	status  int
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Data    map[string]any `json:"data"`
}

func writeWooError(w http.ResponseWriter, r *http.Request, e *wooError) {
	callOf(r).code = e.Code
	writeWoo(w, e.status, encode(e.withStatus()))
}

// withStatus states the status in the data, as WordPress does.
func (e *wooError) withStatus() *wooError {
	if e.Data == nil {
		e.Data = make(map[string]any)
	}
	e.Data["status"] = e.status
	return e
}

func writeWoo(w http.ResponseWriter, status int, body []byte) {
	writeBody(w, status, "application/json; charset=UTF-8", body)
}

// wooParams are the fields of a body by name.
type wooParams map[string]json.RawMessage

func readWoo(r *http.Request, into any) *wooError {
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) == 0 {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return &wooError{status: 400, Code: "rest_invalid_json", Message: "Invalid JSON body passed.",
			Data: map[string]any{"json_error_code": 4, "json_error_message": "Syntax error"}}
	}
	return nil
}

// wooFault is one parameter that WordPress refuses.
type wooFault struct{ param, code, message string }

// invalidParams refuses parameters, every one of them named.
func invalidParams(faults []wooFault) *wooError {
	var names []string
	params, details := make(map[string]string), make(map[string]any)
	for _, f := range faults {
		names = append(names, f.param)
		params[f.param] = f.message
		var data any
		if f.code == "rest_invalid_type" {
			data = map[string]string{"param": f.param}
		}
		details[f.param] = map[string]any{"code": f.code, "message": f.message, "data": data}
	}
	return &wooError{status: 400, Code: "rest_invalid_param", Message: "Invalid parameter(s): " + strings.Join(names, ", "),
		Data: map[string]any{"params": params, "details": details}}
}

func notInEnum(param string, values ...string) wooFault {
	last := len(values) - 1
	return wooFault{param, "rest_not_in_enum", param + " is not one of " + strings.Join(values[:last], ", ") + ", and " + values[last] + "."}
}

func wrongType(param, kind string) wooFault {
	return wooFault{param, "rest_invalid_type", param + " is not of type " + kind + "."}
}

func invalidID(status int) *wooError {
	return &wooError{status: status, Code: "woocommerce_rest_product_invalid_id", Message: "Invalid ID."}
}
