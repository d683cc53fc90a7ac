package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// Options are what a Server is made of. Store, Model, Work and Log are needed.
type Options struct {
	Store   *state.Store
	Model   Model
	Work    Work
	History History // nil: Store
	Checks  []Check // Redis is checked without being named here
	Metrics *Metrics
	// Trusted are the networks of proxies whose X-Forwarded-For is believed.
	Trusted []netip.Prefix
	// Secure says that browsers reach the daemon by https, through a proxy or
	// not: cookies are then sent over https only.
	Secure bool
	// Level is the log's level, for an administrator to change; nil: fixed.
	Level *zap.AtomicLevel
	// Zone is the time zone of the page; nil: Asia/Ho_Chi_Minh.
	Zone *time.Location
	// Vietnamese gives a sentence of a guard or a plan in Vietnamese; nil: as it is.
	Vietnamese func(string) string
	// Poll is how often a followed run is looked at; 0: every second.
	Poll time.Duration
	Now  func() time.Time // nil: the machine's
	Log  *zap.Logger
}

// The times and sizes that bound what one caller can take.
const (
	callTime   = 10 * time.Second // of one call, streams excepted
	shownTime  = 15 * time.Second // for a body to be read
	writeTime  = 30 * time.Second // for an answer to be sent; streams extend it
	idleTime   = 2 * time.Minute
	closeTime  = 5 * time.Second // for calls under way when the server stops
	maxHeader  = 32 << 10
	maxBody    = 256 << 10
	maxForm    = 4 << 10
	maxStreams = 100
)

// A Server answers the API and the page. Make it with New. It is safe for
// concurrent use.
type Server struct {
	o       Options
	mux     *http.ServeMux
	auth    *auth
	books   books
	status  kept // the encoded /api/v1/status
	ready   readiness
	pages   *pages
	streams chan struct{} // a place for each run that is followed
	stop    context.Context
	stopped context.CancelFunc
}

// New makes a Server. It starts nothing.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Model == nil || o.Work == nil || o.Log == nil {
		return nil, errors.New("make the admin server: Store, Model, Work and Log are needed")
	}
	if o.History == nil {
		o.History = o.Store
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		var err error
		if o.Zone, err = time.LoadLocation(ocop.Zone); err != nil {
			return nil, fmt.Errorf("make the admin server: %w", err)
		}
	}
	if o.Vietnamese == nil {
		o.Vietnamese = func(s string) string { return s }
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(o.Store.Tenant())
	}
	p, err := newPages()
	if err != nil {
		return nil, fmt.Errorf("make the admin server: %w", err)
	}
	s := &Server{o: o, mux: http.NewServeMux(), auth: newAuth(o.Store, o.Now), pages: p, streams: make(chan struct{}, maxStreams)}
	s.stop, s.stopped = context.WithCancel(context.Background())
	if err := o.Metrics.show(s); err != nil {
		return nil, fmt.Errorf("make the admin server: %w", err)
	}
	s.handle()
	return s, nil
}

// handle registers the routes: one handler per path, which knows its methods.
func (s *Server) handle() {
	byPath := make(map[string][]route)
	for _, rt := range s.routes() {
		byPath[rt.path] = append(byPath[rt.path], rt)
	}
	for path, methods := range byPath {
		s.mux.Handle(path, s.dispatch(methods))
	}
	s.mux.Handle("/", s.dispatch(nil))
}

// dispatch gives the handler of a path; without methods nothing is there.
func (s *Server) dispatch(methods []route) http.Handler {
	allow := make([]string, 0, len(methods)+1)
	for _, rt := range methods {
		allow = append(allow, rt.method)
		if rt.method == http.MethodGet && !rt.long {
			allow = append(allow, http.MethodHead)
		}
	}
	slices.Sort(allow)
	none := route{path: "none", do: func(*call) error { return errNoSuchPath() }}
	wrong := route{path: "none", do: func(*call) error { return errMethod(strings.Join(allow, ", ")) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		rt := &wrong
		if len(methods) == 0 {
			rt = &none
		}
		i := slices.IndexFunc(methods, func(rt route) bool { return rt.method == method })
		if i >= 0 && slices.Contains(allow, r.Method) {
			rt = &methods[i]
		}
		s.serve(rt, w, r)
	})
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close ends the streams, so that a server around this handler can shut down.
func (s *Server) Close() { s.stopped() }

// Serve answers on l until ctx ends. Then it takes no more connections, ends the
// streams first, for they would never end by themselves, and gives other calls
// under way 5 s. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: shownTime, ReadTimeout: shownTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ErrorLog: zap.NewStdLog(s.o.Log.Named("http")),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		s.Close()
		return fmt.Errorf("serve the admin API on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.Close()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	err := srv.Shutdown(grace)
	if err != nil { // somebody does not read on: cut them off
		err = srv.Close()
	}
	<-ended
	return err
}

// markets are those that are configured.
func (s *Server) markets() []listing.Market {
	st := s.o.Model.Status()
	names := make([]listing.Market, len(st.Markets))
	for i := range st.Markets {
		names[i] = st.Markets[i].Market
	}
	return names
}
