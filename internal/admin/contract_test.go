package admin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// theDocument reads openapi.yaml once for all tests. What a schema does not name is
// a slip of the pen when we send it.
var theDocument = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(openAPI))
	if err != nil {
		return nil, fmt.Errorf("load openapi.yaml: %w", err)
	}
	for _, s := range doc.Components.Schemas {
		closeSchema(s.Value)
	}
	return doc, doc.Validate(context.Background(), openapi3.EnableExamplesValidation())
})

func closeSchema(s *openapi3.Schema) {
	if s.Type.Is("object") && s.AdditionalProperties.Schema == nil {
		s.WithoutAdditionalProperties()
	}
	for _, p := range s.Properties {
		if p.Ref == "" {
			closeSchema(p.Value)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		closeSchema(s.Items.Value)
	}
}

var router = sync.OnceValues(func() (routers.Router, error) {
	doc, err := theDocument()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// checked holds every answer against openapi.yaml, and every request that was
// accepted: what the server takes, the document must allow.
type checked struct {
	t    *testing.T
	base http.RoundTripper
}

func (c *checked) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := c.base.RoundTrip(req)
	if err != nil || !strings.HasPrefix(req.URL.Path, "/api/") && !slices.Contains([]string{"/livez", "/readyz", "/metrics", "/openapi.yaml"}, req.URL.Path) {
		return res, err
	}
	c.checkHeaders(req, res)
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return res, err
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	if fault := hold(req, sent, res, body); fault != nil {
		c.t.Errorf("against openapi.yaml: %s %s: answered %d: %v\n%.600s", req.Method, req.URL.RequestURI(), res.StatusCode, fault, body)
	}
	return res, nil
}

func (c *checked) checkHeaders(req *http.Request, res *http.Response) {
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
	} {
		if got := res.Header.Get(name); got != want {
			c.t.Errorf("%s %s: %s is %q, want %q", req.Method, req.URL.Path, name, got, want)
		}
	}
	if !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || res.Header.Get("X-Request-Id") == "" {
		c.t.Errorf("%s %s: lacks a security policy or a request id: %v", req.Method, req.URL.Path, res.Header)
	}
}

func hold(req *http.Request, sent []byte, res *http.Response, body []byte) error {
	r, err := router()
	if err != nil {
		return err
	}
	copied := req.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	if copied.Method == http.MethodHead {
		copied.Method = http.MethodGet
	}
	copied.URL.Scheme, copied.URL.Host = "", ""
	route, params, err := r.FindRoute(copied)
	if err != nil { // no such path or method: a problem all the same
		if kind := res.Header.Get("Content-Type"); kind != "application/problem+json" || res.StatusCode < 400 {
			return fmt.Errorf("%w, and the answer is %s", err, kind)
		}
		return nil
	}
	in := &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: params, Route: route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if res.StatusCode < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			return fmt.Errorf("the request was accepted: %w", err)
		}
	}
	kind := res.Header.Get("Content-Type")
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true,
			ExcludeResponseBody: req.Method == http.MethodHead || kind == "application/yaml" || res.StatusCode == http.StatusNotModified,
		},
	})
	return err
}

// The routes and the document name the same operations and the same roles.
func TestDocumentNamesEveryRoute(t *testing.T) {
	t.Parallel()
	doc, err := theDocument()
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]*openapi3.Operation)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			told[method+" "+path] = op
		}
	}
	for _, rt := range (&Server{}).routes() {
		name := rt.method + " " + rt.path
		op, there := told[name]
		delete(told, name)
		if there == rt.page {
			t.Errorf("%s: in openapi.yaml: %t; a page: %t", name, there, rt.page)
			continue
		}
		if rt.page {
			continue
		}
		if open := op.Security != nil && len(*op.Security) == 0; open != (rt.need == "") {
			t.Errorf("%s needs the role %q; open by openapi.yaml: %t", name, rt.need, open)
		}
		if needs := string(rt.need); needs == "operator" || needs == "admin" {
			if !strings.HasSuffix(op.Summary, "("+needs+")") {
				t.Errorf("%s needs the role %s, which its summary %q does not say", name, needs, op.Summary)
			}
		}
		if writes := rt.method != http.MethodGet; writes != (rt.audit != "") {
			t.Errorf("%s changes something: %t; audited as %q", name, writes, rt.audit)
		}
	}
	for name := range told {
		t.Errorf("%s stands in openapi.yaml and is no route", name)
	}
}

func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	r := k.want(http.StatusOK, nil, "GET", "/openapi.yaml", "")
	if r.body != openAPI || r.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("served %d bytes as %s, want %d of the document", len(r.body), r.header.Get("Content-Type"), len(openAPI))
	}
	k.want(http.StatusNotModified, nil, "GET", "/openapi.yaml", "", "If-None-Match", r.header.Get("ETag"))
	for what, secret := range k.secrets() {
		if strings.Contains(openAPI, secret) {
			t.Errorf("openapi.yaml holds %s", what)
		}
	}
	if strings.Contains(openAPI, "ocopsync_k") || strings.Contains(openAPI, "Bearer ocopsync_") {
		t.Error("an example of openapi.yaml holds a token")
	}
}
