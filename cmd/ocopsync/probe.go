package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// checkDataDir sees whether the held reading can be written; it leaves nothing.
func checkDataDir(dir string) finding {
	at := dir
	for { // the folder itself is made by the first run
		info, err := os.Stat(at)
		if err == nil && !info.IsDir() {
			return say("data_dir", levelBad, ocop.Text{VI: "%s là tệp, không phải thư mục", EN: "%s is a file, not a folder"}, at)
		}
		if err == nil {
			break
		}
		if parent := filepath.Dir(at); parent != at && errors.Is(err, fs.ErrNotExist) {
			at = parent
			continue
		}
		return bad("data_dir", err)
	}
	f, err := os.CreateTemp(at, ".ocopsync-check-")
	if err != nil {
		return say("data_dir", levelBad, ocop.Text{VI: "không ghi được vào %s: %v", EN: "%s cannot be written: %v"}, dir, err)
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	return good("data_dir", ocop.Text{VI: "%s", EN: "%s"}, dir)
}

// maxSkew is how far a server's clock may be from ours before it is said:
// signatures (OAuth) and tokens go wrong beyond.
const maxSkew = time.Minute

// checkClock reaches a server and compares its clock with ours.
func (a *app) checkClock(ctx context.Context, what, address string, roots *x509.CertPool) finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return say(what, levelBad, ocop.Text{VI: "địa chỉ không dùng được: %s", EN: "address cannot be used: %s"}, market.Redact(err.Error()))
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return unreachable(what, err)
	}
	defer func() { _ = res.Body.Close() }()
	date, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return noClock(what)
	}
	return skewed(what, a.now().Sub(date))
}

func unreachable(what string, err error) finding {
	return say(what, levelBad, ocop.Text{VI: "không kết nối được: %s", EN: "cannot be reached: %s"}, market.Redact(err.Error()))
}

func noClock(what string) finding {
	return say(what, levelWarn, ocop.Text{
		VI: "không cho biết giờ nên không so được đồng hồ", EN: "does not tell its time, so clocks cannot be compared",
	})
}

// skewed judges by how much our clock is before a server's.
func skewed(what string, skew time.Duration) finding {
	if skew = skew.Round(time.Second); skew.Abs() > maxSkew {
		return say(what, levelWarn, ocop.Text{
			VI: "đồng hồ của họ lệch %s so với máy này; hãy chỉnh giờ (NTP)", EN: "its clock differs from ours by %s; set the clocks (NTP)",
		}, skew)
	}
	return good(what, ocop.Text{VI: "kết nối được, đồng hồ khớp", EN: "reachable, clocks agree"})
}

// clocks hear from the markets' own answers whether they can be reached and
// what time they have. Safe for concurrent use.
type clocks struct {
	now   func() time.Time
	mu    sync.Mutex
	skews map[listing.Market]*time.Duration // nil: answered, without its time
}

func newClocks(now func() time.Time) *clocks {
	return &clocks{now: now, skews: make(map[listing.Market]*time.Duration)}
}

func (c *clocks) call(call market.Call) {
	if call.Status == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skews[call.Market] = nil
	if !call.Date.IsZero() {
		skew := c.now().Sub(call.Date)
		c.skews[call.Market] = &skew
	}
}

func (c *clocks) answered(m listing.Market) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, heard := c.skews[m]
	return heard
}

func (c *clocks) finding(m listing.Market) finding {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.skews[m] == nil {
		return noClock(string(m))
	}
	return skewed(string(m), *c.skews[m])
}
