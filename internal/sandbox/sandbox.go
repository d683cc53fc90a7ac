package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Options says what the sandbox holds and how it behaves.
type Options struct {
	// Products is how many products the registry holds: 0 for the 71 made-up
	// ones in Đà Lạt's shape, otherwise that many generated from Seed.
	Products int
	Seed     int64
	// Host is where the doors listen, 127.0.0.1 when empty.
	Host string
	// Ports are the doors' ports; a zero port takes a free one.
	Ports Ports
	// ReviewDelay is how long postmart's people take; 0 decides at the next call.
	ReviewDelay time.Duration
	// VosoPending is how long a new voso product is PENDING; 0 until the next call.
	VosoPending time.Duration
	// Latency is waited before every market call is answered.
	Latency time.Duration
	// Quota is the pace that each of "registry", "postmart", "voso" and
	// "lamdong" allows; none when absent.
	Quota map[string]Quota
	// Now is the sandbox's clock, time.Now when nil.
	Now func() time.Time
	// SKUPrefix is how the ledger tells our listings, "OCOP-" when empty.
	SKUPrefix string
}

// Quota is a token bucket.
type Quota struct {
	Rate  float64       // calls per second
	Burst int           // calls at once; 0 is one second's worth
	Lock  time.Duration // voso: a 429 locks the shop this long
}

// Ports are the ports of the five doors.
type Ports struct{ Registry, Postmart, Voso, Lamdong, Control int }

// DefaultPorts are the ports that `ocopsync sandbox` uses.
func DefaultPorts() Ports {
	return Ports{Registry: 8090, Postmart: 8091, Voso: 8092, Lamdong: 8093, Control: 8099}
}

// The names of the doors; the middle three are the marketplaces.
const (
	Registry = "registry"
	Postmart = "postmart"
	Voso     = "voso"
	Lamdong  = "lamdong"
	Control  = "control"
)

// Markets lists the marketplaces.
func Markets() []string { return []string{Postmart, Voso, Lamdong} }

// What the doors ask for. They protect nothing.
const (
	RegistryToken         = "sandbox-registry-token"
	PostmartClientID      = "sandbox-shop"
	PostmartClientSecret  = "sandbox-shop-secret"
	VosoUsername          = "0900000000"
	VosoPassword          = "sandbox-password"
	LamdongConsumerKey    = "ck_5a0db0c5a0db0c5a0db0c5a0db0c5a0db0c5a0db"
	LamdongConsumerSecret = "cs_5a0db0c5a0db0c5a0db0c5a0db0c5a0db0c5a0db"
)

// Credentials are what a client of each door needs.
type Credentials struct {
	RegistryToken                             string
	PostmartClientID, PostmartClientSecret    string
	VosoUsername, VosoPassword                string
	LamdongConsumerKey, LamdongConsumerSecret string
}

// Sandbox is a running sandbox. Its methods may be called at any time, from
// any goroutine.
type Sandbox struct {
	now      func() time.Time
	latency  time.Duration
	ledger   *ledger
	faults   *faults
	media    *media
	products *catalogue
	prices   *priceFiles
	postmart *postmart
	voso     *voso
	lamdong  *lamdong
	handlers map[string]http.Handler
	urls     map[string]string
	servers  []*http.Server
	serving  sync.WaitGroup

	closing chan struct{} // closed by Close: what hangs or waits ends
	close   sync.Once
	calls   *tally // under way
	late    *tally // effects that come after their connection was cut
}

// New builds the data, opens the doors and serves them until Close.
func New(o Options) (*Sandbox, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.SKUPrefix == "" {
		o.SKUPrefix = "OCOP-"
	}
	if o.Products < 0 {
		return nil, fmt.Errorf("sandbox: %d products", o.Products)
	}
	s := &Sandbox{
		now:      o.Now,
		latency:  o.Latency,
		faults:   newFaults(o.Seed),
		handlers: make(map[string]http.Handler),
		urls:     make(map[string]string),
		closing:  make(chan struct{}),
		calls:    newTally(),
		late:     newTally(),
	}
	listeners, err := s.listen(o)
	if err != nil {
		return nil, err
	}
	s.media = newMedia(s.urls[Registry])
	s.products = newCatalogue(makeProducts(o, s.urls[Registry]))
	s.prices = &priceFiles{products: s.products}
	s.ledger = newLedger(o.SKUPrefix, s.products.find)
	s.postmart = newPostmart(s.now, s.ledger, o.ReviewDelay)
	s.voso = newVoso(s.now, s.ledger, s.media, o.VosoPending)
	s.lamdong = newLamdong(s.now, s.ledger, s.media, s.urls[Lamdong])
	s.mount(o.Quota)
	s.serve(listeners)
	return s, nil
}

// listen opens the doors; either all of them or none.
func (s *Sandbox) listen(o Options) (map[string]net.Listener, error) {
	ports := map[string]int{
		Registry: o.Ports.Registry, Postmart: o.Ports.Postmart, Voso: o.Ports.Voso,
		Lamdong: o.Ports.Lamdong, Control: o.Ports.Control,
	}
	open := make(map[string]net.Listener)
	for name, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort(o.Host, strconv.Itoa(port)))
		if err != nil {
			for _, other := range open {
				err = errors.Join(err, other.Close())
			}
			return nil, fmt.Errorf("open the sandbox's %s door: %w", name, err)
		}
		open[name] = l
		s.urls[name] = "http://" + l.Addr().String()
	}
	return open, nil
}

// mount puts a gate before every door but the control one.
func (s *Sandbox) mount(quotas map[string]Quota) {
	newGate := func(name string, mux *http.ServeMux, refuse refuser) *gate {
		return &gate{name: name, sandbox: s, mux: mux, bucket: newBucket(quotas[name]), refuse: refuse}
	}
	pictures := &gate{name: Media, sandbox: s, mux: s.media.routes(), bucket: newBucket(Quota{}), refuse: refuseAsProblem}
	records := newGate(Registry, s.products.routes(s.now), refuseAsProblem)
	door := http.NewServeMux()
	door.Handle("/media/", pictures)
	door.Handle("/", records)
	s.handlers[Registry] = door
	s.handlers[Postmart] = newGate(Postmart, s.postmart.routes(), refuseAsProblem)
	s.handlers[Voso] = newGate(Voso, s.voso.routes(), refuseAsGateway)
	s.handlers[Lamdong] = newGate(Lamdong, s.lamdong.routes(), refuseAsGateway)
	s.handlers[Control] = s.controlRoutes()
}

func (s *Sandbox) serve(listeners map[string]net.Listener) {
	for name, l := range listeners {
		server := &http.Server{
			Handler:           s.handlers[name],
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          log.New(io.Discard, "", 0), // cut connections are played on purpose
		}
		s.servers = append(s.servers, server)
		s.serving.Go(func() { _ = server.Serve(l) }) // ends with ErrServerClosed at Close
	}
}

// Close stops the doors and waits for every call under way and every late effect.
func (s *Sandbox) Close() error {
	var err error
	s.close.Do(func() {
		close(s.closing)
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		for _, server := range s.servers {
			if server.Shutdown(ctx) != nil { // a client that does not read, or an unused connection
				err = errors.Join(err, server.Close())
			}
		}
		s.serving.Wait()
		s.calls.wait()
		s.late.wait()
	})
	return err
}

// WaitLateEffects waits until every late_effect that was played has happened.
func (s *Sandbox) WaitLateEffects() { s.late.wait() }

// URL is the base address of a door, without a trailing slash; "" for an unknown name.
func (s *Sandbox) URL(name string) string { return s.urls[name] }

// Handler is what serves a door, for a test that mounts it elsewhere, behind TLS for one.
func (s *Sandbox) Handler(name string) http.Handler { return s.handlers[name] }

// Credentials are what the doors ask for.
func (s *Sandbox) Credentials() Credentials {
	return Credentials{
		RegistryToken:    RegistryToken,
		PostmartClientID: PostmartClientID, PostmartClientSecret: PostmartClientSecret,
		VosoUsername: VosoUsername, VosoPassword: VosoPassword,
		LamdongConsumerKey: LamdongConsumerKey, LamdongConsumerSecret: LamdongConsumerSecret,
	}
}
