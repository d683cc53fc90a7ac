package postmart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const testSecret = "s3cret/of+the shop"

// A shop is a scripted postmart: what each call answers is written in the test.
type shop struct {
	t      testing.TB
	server *httptest.Server
	market *Market

	mu      sync.Mutex
	now     time.Time
	doors   map[string]http.HandlerFunc // "METHOD path"
	calls   []heard
	tokens  int
	images  map[string]string // bytes → id
	uploads int
}

// heard is one call as it came; the token's are left out.
type heard struct {
	method, path, query, key, token string
	body                            []byte
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{
		t: t, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		doors: make(map[string]http.HandlerFunc), images: make(map[string]string),
	}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	s.on("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		s.tokens++
		n := s.tokens
		s.mu.Unlock()
		reply(w, 200, fmt.Sprintf(`{"access_token":"token-%d-abcdef","token_type":"Bearer","expires_in":600}`, n))
	})
	s.on("POST /partner/v1/images", s.takePicture)
	client := market.NewClient(market.ClientOptions{Market: Name, Timeout: 5 * time.Second})
	underContract(t, client)
	t.Cleanup(client.GetClient().CloseIdleConnections)
	s.market = New(Options{
		BaseURL: s.server.URL + "/", ClientID: "shop-1", ClientSecret: testSecret, HTTP: client,
		Fetch: market.NewFetcher(market.FetchOptions{AllowHosts: []string{hostOf(t, s.server.URL)}}),
		Now:   s.clock,
	})
	return s
}

func hostOf(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shop) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *shop) on(door string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doors[door] = h
}

// says lets a door answer the same each time.
func (s *shop) says(door string, status int, body string) {
	s.on(door, func(w http.ResponseWriter, _ *http.Request) { reply(w, status, body) })
}

func reply(w http.ResponseWriter, status int, body string) {
	kind := "application/json"
	if status >= 400 {
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/media/") {
		s.serveMedia(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("read the body of %s %s: %v", r.Method, r.URL, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	if r.URL.Path != "/oauth/token" {
		s.calls = append(s.calls, heard{
			method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, body: body,
			key: r.Header.Get("Idempotency-Key"), token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		})
	}
	door := s.doors[r.Method+" "+r.URL.Path]
	s.mu.Unlock()
	if door == nil {
		s.t.Errorf("unexpected call: %s %s", r.Method, r.URL)
		reply(w, 404, `{"code":"not_found","status":404}`)
		return
	}
	door(w, r)
}

func (s *shop) takePicture(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	if err != nil {
		reply(w, 422, `{"code":"bad_image","status":422,"detail":"no file"}`)
		return
	}
	content, _ := io.ReadAll(file)
	s.mu.Lock()
	s.uploads++
	id := s.images[string(content)]
	if id == "" {
		id = fmt.Sprintf("img-%d", len(s.images)+1)
		s.images[string(content)] = id
	}
	s.mu.Unlock()
	reply(w, 201, `{"id":"`+id+`"}`)
}

// heardAt gives the calls to one door.
func (s *shop) heardAt(method, path string) []heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []heard
	for _, c := range s.calls {
		if c.method == method && c.path == path {
			out = append(out, c)
		}
	}
	return out
}

func (s *shop) callCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func (s *shop) tokensAsked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func (s *shop) uploaded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploads
}

// serveMedia is the producers' picture server: /media/<what>/<any>.
func (s *shop) serveMedia(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/media/"), "/")
	switch parts[0] {
	case "good":
		tag := `"` + parts[1] + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(picture("image/jpeg", 600, 500, len(parts[1])))
	case "png":
		_, _ = w.Write(picture("image/png", 500, 500, len(parts[1])))
	case "small":
		_, _ = w.Write(picture("image/jpeg", 600, 499, 1))
	case "heavy":
		_, _ = w.Write(append(picture("image/jpeg", 600, 500, 1), make([]byte, PictureMaxBytes)...))
	case "text":
		_, _ = io.WriteString(w, "this is no picture")
	case "away":
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func picture(kind string, width, height, shade int) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range 50 {
		img.SetGray(i, i, color.Gray{Y: uint8(10 * shade)})
	}
	var b bytes.Buffer
	if kind == "image/png" {
		_ = png.Encode(&b, img)
	} else {
		_ = jpeg.Encode(&b, img, nil)
	}
	return b.Bytes()
}

func (s *shop) media(what string) string { return s.server.URL + "/media/" + what }

// atiso is a listing that the contract takes as it is.
func (s *shop) atiso() listing.Listing {
	return listing.Listing{
		SKU: "OCOP-83-829-1", Title: "Trà atisô túi lọc Langbiang", Description: "<p>Trà từ hoa <strong>atisô</strong></p>",
		Category: "1003", Price: 120_000, Stock: 40, Unit: "hộp 20 túi",
		Pictures:  []string{s.media("good/a")},
		Documents: []ocop.Document{{Kind: ocop.FoodSafety, URL: s.media("png/scan")}},
		Attributes: listing.Attributes{
			Stars: 4, Certificate: "114/QĐ-UBND", ExpiresOn: "2027-01-15", Producer: "HTX Hoa Mai", Origin: "Xã Lạc Dương",
		},
	}
}

// shownProduct is how the mall shows it, moved by orders and by hand: other
// stock, an attribute that is not ours.
const shownProduct = `{"id":"P1","state":"on_sale","url":"https://postmart.example/p/P1","updated_at":"2026-11-20T08:00:00Z",
 "content":{"sku":"OCOP-83-829-1","name":"Trà atisô túi lọc","description":"<p>Cũ</p>","category_id":1003,"images":["img-old"],
 "price":110000,"stock":37,"unit":"hộp 20 túi","documents":[{"kind":"food_safety","image_id":"img-doc"}],
 "attributes":{"ocop_stars":"3","ocop_certificate":"114/QĐ-UBND","hand_made":"có"}}}`

func page(items ...string) string { return `{"items":[` + strings.Join(items, ",") + `]}` }

func pageNext(next string, items ...string) string {
	return `{"items":[` + strings.Join(items, ",") + `],"next_cursor":"` + next + `"}`
}

func request(id, kind, sku, state, more string) string {
	return fmt.Sprintf(`{"id":%q,"kind":%q,"sku":%q,"state":%q,"created_at":"2026-11-22T08:00:00Z"%s}`, id, kind, sku, state, more)
}

func productOf(id, sku, state string) string {
	return fmt.Sprintf(`{"id":%q,"state":%q,"updated_at":"2026-11-20T08:00:00Z","content":{"sku":%q,"name":"Cà phê Cầu Đất",
"description":"","category_id":1010,"images":["img-1"],"price":90000,"stock":5,"unit":"gói"}}`, id, state, sku)
}

func decodeBody[T any](t testing.TB, body []byte) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("decode %s: %v", body, err)
	}
	return out
}

// failure gives the market's error of an outcome or a call.
func failure(t testing.TB, err error) *market.Error {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	return market.AsError(err)
}
