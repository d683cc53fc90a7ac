package postmart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/go-resty/resty/v2"
)

func TestMain(m *testing.M) {
	for _, kind := range []string{"image/jpeg", "image/png"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	os.Exit(m.Run())
}

// A contract holds requests, and where asked the answers, against postmart.yaml.
type contract struct {
	router  routers.Router
	base    http.RoundTripper
	answers atomic.Bool // whether the answers are checked too

	mu     sync.Mutex
	faults []string
}

// contractHost stands for every shop's address in the router.
const contractHost = "shop.example"

// loadContract reads postmart.yaml once for all tests.
var loadContract = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/postmart.yaml")
	if err != nil {
		return nil, fmt.Errorf("load the contract: %w", err)
	}
	// A comma without quotes made a key of the end of one description.
	if err := doc.Validate(context.Background(), openapi3.AllowExtraSiblingFields("newest first.")); err != nil {
		return nil, fmt.Errorf("the contract is not valid OpenAPI: %w", err)
	}
	doc.Servers = openapi3.Servers{{URL: "http://" + contractHost}}
	// What the contract does not name is a slip of the pen when we send it.
	for _, name := range []string{"Content", "RequestBody"} {
		doc.Components.Schemas[name].Value.WithoutAdditionalProperties()
	}
	offer := doc.Paths.Find("/partner/v1/products/{id}/offer").Patch.RequestBody.Value
	offer.Content.Get("application/json").Schema.Value.WithoutAdditionalProperties()
	return gorillamux.NewRouter(doc)
})

// underContract lets every request of the client be checked; the test fails
// for those that the contract does not allow.
func underContract(t testing.TB, client *resty.Client) *contract {
	t.Helper()
	router, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{router: router, base: client.GetClient().Transport}
	client.SetTransport(c)
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, fault := range c.faults {
			t.Errorf("against the contract: %s", fault)
		}
	})
	return c
}

func (c *contract) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.faults) < 20 {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// CloseIdleConnections lets the client close those of the transport beneath.
func (c *contract) CloseIdleConnections() {
	if base, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

func (c *contract) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	input := c.check(req, body)
	sent := req.Clone(req.Context())
	if body != nil {
		sent.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := c.base.RoundTrip(sent)
	if err != nil || input == nil || !c.answers.Load() {
		return resp, err
	}
	return c.checkAnswer(input, resp)
}

func (c *contract) check(req *http.Request, body []byte) *openapi3filter.RequestValidationInput {
	what := req.Method + " " + req.URL.RequestURI()
	copied := req.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	copied.URL.Scheme, copied.URL.Host, copied.Host = "http", contractHost, contractHost
	route, params, err := c.router.FindRoute(copied)
	if err != nil {
		c.fault("%s: %v", what, err)
		return nil
	}
	for name := range req.URL.Query() { // kin-openapi lets unknown ones pass
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			c.fault("%s: no parameter %q", what, name)
		}
	}
	input := &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true,
			AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
				if !strings.HasPrefix(in.RequestValidationInput.Request.Header.Get("Authorization"), "Bearer ") {
					return errors.New("no bearer token")
				}
				return nil
			},
		},
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		c.fault("%s: %v\n%.2000s", what, err, body)
	}
	return input
}

// answerMax is the longest answer that is checked: the checker is slow, and a
// full page says no more than a short one.
const answerMax = 16 << 10

// checkAnswer holds a whole, readable answer against the contract. Broken ones
// are other tests' business.
func (c *contract) checkAnswer(input *openapi3filter.RequestValidationInput, resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	closeErr := resp.Body.Close()
	if err = errors.Join(err, closeErr); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > answerMax {
		return resp, nil
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: &openapi3filter.Options{MultiError: true},
	})
	if err != nil {
		c.fault("the answer to %s %s: %v", input.Request.Method, input.Request.URL.RequestURI(), err)
	}
	return resp, nil
}
