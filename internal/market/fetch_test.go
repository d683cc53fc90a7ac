package market

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/ocop"
)

func jpegOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hugePNG states a size that nobody should decode.
func hugePNG(t *testing.T) []byte {
	t.Helper()
	b := pngOf(t, 600, 600)
	binary.BigEndian.PutUint32(b[16:], 60_000)
	binary.BigEndian.PutUint32(b[20:], 60_000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func pictures(t *testing.T) *httptest.Server {
	t.Helper()
	good := jpegOf(t, 600, 500)
	var tiny bytes.Buffer
	if err := gif.Encode(&tiny, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	huge, small, lossless := hugePNG(t), jpegOf(t, 300, 900), pngOf(t, 501, 700)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		switch r.URL.Path {
		case "/anh.jpg":
			if r.Header.Get("If-None-Match") == `"v1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("Content-Type", "text/plain") // the content decides
			_, _ = w.Write(good)
		case "/anh.png":
			_, _ = w.Write(lossless)
		case "/nho.jpg":
			_, _ = w.Write(small)
		case "/to.png":
			_, _ = w.Write(huge)
		case "/hong.jpg":
			_, _ = w.Write(good[:20])
		case "/trang.jpg":
			_, _ = w.Write([]byte("<html><body>404</body></html>"))
		case "/anh.gif":
			_, _ = w.Write(tiny.Bytes())
		case "/nang.jpg":
			_, _ = w.Write(append(bytes.Clone(good), make([]byte, 300<<10)...))
		case "/vo-han.jpg":
			w.Header().Set("Transfer-Encoding", "chunked")
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		case "/cut.jpg":
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write(good[:10])
			cut(w)
		case "/busy.jpg":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/redirect":
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
		case "/vong.jpg":
			http.Redirect(w, r, "/vong.jpg", http.StatusFound)
		case "/hang.jpg":
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
}

func fetcher(t *testing.T, o FetchOptions) *Fetcher {
	t.Helper()
	o.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil } //nolint:nilnil // no proxy
	f := NewFetcher(o)
	t.Cleanup(f.Close)
	return f
}

func TestFetch(t *testing.T) {
	t.Parallel()
	server := pictures(t)
	host := strings.TrimPrefix(server.URL, "http://")
	f := fetcher(t, FetchOptions{AllowHosts: []string{host}, MinSide: 500, MaxBytes: 200 << 10, Timeout: 5 * time.Second})
	got, err := f.Fetch(t.Context(), server.URL+"/anh.jpg", Conditional{})
	if err != nil || got.Type != "image/jpeg" || got.Width != 600 || got.Height != 500 || got.ETag != `"v1"` || len(got.Hash) != 64 || len(got.Bytes) == 0 {
		t.Fatalf("a good picture: %+v, %v", got, err)
	}
	again, err := f.Fetch(t.Context(), server.URL+"/redirect?to=/anh.jpg", Conditional{})
	if err != nil || again.Hash != got.Hash {
		t.Errorf("the same by a redirect: %v", err)
	}
	if got, err := f.Fetch(t.Context(), " "+server.URL+"/anh.png ", Conditional{}); err != nil || got.Type != "image/png" {
		t.Errorf("a PNG: %v", err)
	}
	same, err := f.Fetch(t.Context(), server.URL+"/anh.jpg", Conditional{ETag: `"v1"`})
	if err != nil || !same.NotModified || same.ETag != `"v1"` || same.Bytes != nil {
		t.Errorf("not modified: %+v, %v", same, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	server := pictures(t)
	host := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(host, ":")
	f := fetcher(t, FetchOptions{AllowHosts: []string{host}, MinSide: 500, MaxBytes: 200 << 10, Timeout: 5 * time.Second})
	for address, want := range map[string]struct {
		words     string
		temporary bool
	}{
		server.URL + "/nho.jpg":    {words: "300×900"},
		server.URL + "/to.png":     {words: "60000×60000"},
		server.URL + "/hong.jpg":   {words: "damaged"},
		server.URL + "/trang.jpg":  {words: "text/html"},
		server.URL + "/anh.gif":    {words: "image/gif"},
		server.URL + "/nang.jpg":   {words: "larger than 0.1953 MiB"},
		server.URL + "/vo-han.jpg": {words: "larger than"},
		server.URL + "/khong.jpg":  {words: "HTTP 404"},
		server.URL + "/busy.jpg":   {words: "HTTP 503", temporary: true},
		server.URL + "/cut.jpg":    {words: "can't be reached", temporary: true},
		server.URL + "/vong.jpg":   {words: "redirects more than 3"},
		// Another name for the same server is not what was allowed.
		"http://localhost:" + port + "/anh.jpg":                             {words: "private network"},
		server.URL + "/redirect?to=http://localhost:" + port + "/anh.jpg":   {words: "private network"},
		server.URL + "/redirect?to=http://169.254.169.254/latest/meta-data": {words: "private network"},
		server.URL + "/redirect?to=file:///etc/passwd":                      {words: "http://"},
		"http://127.0.0.1:1/x.jpg":                                          {words: "private network"},
		"http://[::1]:1/x.jpg":                                              {words: "private network"},
		"http://[::ffff:10.0.0.1]/x.jpg":                                    {words: "private network"},
		"http://10.1.2.3/x.jpg":                                             {words: "private network"},
		"http://100.64.0.1/x.jpg":                                           {words: "private network"},
		"http://0.0.0.0/x.jpg":                                              {words: "private network"},
		"file:///etc/passwd":                                                {words: "http://"},
		"ftp://anh.example/x.jpg":                                           {words: "http://"},
		"anh.jpg":                                                           {words: "http://"},
		"":                                                                  {words: "http://"},
		"http://nguoi:mat-khau@anh.example/x.jpg":                           {words: "name and password"},
		"http://%zz/":                                                       {words: "http://"},
	} {
		_, err := f.Fetch(t.Context(), address, Conditional{})
		var e *PictureError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, expected a *PictureError", address, err)
			continue
		}
		if !strings.Contains(e.Error(), want.words) || e.Temporary != want.temporary {
			t.Errorf("%s: %v (temporary %v), expected %q (%v)", address, e, e.Temporary, want.words, want.temporary)
		}
		p := e.Problem()
		if p.Reason != ocop.BadImage || p.Party != ocop.PartyProducer || e.Why.VI == "" || !strings.Contains(p.Text.VI, e.Why.VI) || !strings.Contains(p.Text.EN, e.Why.EN) {
			t.Errorf("%s: problem %+v", address, p)
		}
		if strings.Contains(e.Error()+p.Text.VI, "mat-khau") || strings.Contains(e.Error(), "?to=") {
			t.Errorf("%s: the error holds a secret or a query: %v", address, e)
		}
	}
}

func TestFetchStopsWithContext(t *testing.T) {
	t.Parallel()
	server := pictures(t)
	f := fetcher(t, FetchOptions{AllowHosts: []string{"127.0.0.1"}, Timeout: 100 * time.Millisecond})
	var e *PictureError
	if _, err := f.Fetch(t.Context(), server.URL+"/hang.jpg", Conditional{}); !errors.As(err, &e) || !e.Temporary {
		t.Errorf("no answer in time: %v, expected a temporary *PictureError", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := f.Fetch(ctx, server.URL+"/hang.jpg", Conditional{}); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &e) {
		t.Errorf("our own context ended: %v, expected its error and no *PictureError", err)
	}
}

// TestFetchThroughAProxy: the proxy is private as a rule; what it is asked for
// must not be.
func TestFetchThroughAProxy(t *testing.T) {
	t.Parallel()
	good := jpegOf(t, 600, 600)
	var asked []string
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Host)
		_, _ = w.Write(good)
	})
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := NewFetcher(FetchOptions{Proxy: http.ProxyURL(at)})
	t.Cleanup(f.Close)
	if _, err := f.Fetch(t.Context(), "http://anh.invalid/x.jpg", Conditional{}); err != nil {
		t.Errorf("a name that only the proxy knows: %v", err)
	}
	for _, address := range []string{"http://10.0.0.1/x.jpg", "http://[::1]:8080/x.jpg", proxy.URL + "/x.jpg"} {
		var e *PictureError
		if _, err := f.Fetch(t.Context(), address, Conditional{}); !errors.As(err, &e) || !strings.Contains(e.Error(), "private network") {
			t.Errorf("%s through the proxy: %v", address, err)
		}
	}
	if len(asked) != 1 {
		t.Errorf("the proxy was asked for %v", asked)
	}
}

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]bool{
		"8.8.8.8": true, "203.113.131.1": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "10.0.0.1": false, "172.16.5.4": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "100.127.255.255": false, "0.0.0.0": false, "0.1.2.3": false, "255.255.255.255": false,
		"224.0.0.1": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false,
		"2001:db8::1": false, "fec0::1": false,
	} {
		if got := isPublic(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: public %v, expected %v", ip, got, want)
		}
	}
}

func FuzzMeasure(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\x00\x00\x00"))
	f.Add([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		fetcher := NewFetcher(FetchOptions{Types: []string{"image/jpeg", "image/png", "image/gif"}, MaxPixels: 1000})
		_, w, h, err := fetcher.measure("http://anh.example/x", body)
		if err == nil && (w*h > 1000 || w < 0 || h < 0) {
			t.Errorf("%d×%d passed", w, h)
		}
	})
}

func TestMemoryPictures(t *testing.T) {
	t.Parallel()
	s := NewMemoryPictures()
	pic := Picture{ID: "img-1", Hash: "ab", ETag: `"v1"`}
	if err := s.SavePictures(t.Context(), "postmart", map[string]Picture{"http://a": pic}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Pictures(t.Context(), "postmart", []string{"http://a", "http://b"})
	if err != nil || len(got) != 1 || got["http://a"] != pic {
		t.Errorf("%v, %v", got, err)
	}
	if other, _ := s.Pictures(t.Context(), "voso", []string{"http://a"}); len(other) != 0 {
		t.Errorf("another market knows %v", other)
	}
}
