package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// The modes of a run that can be asked for.
const (
	modeSync   = "sync"
	modeVerify = "verify"
	modePlan   = "plan" // applies nothing
)

// maxCodes is how many products a request may name.
const maxCodes = 5000

type resyncBody struct {
	Markets []listing.Market `json:"markets"` // none: all
	Codes   []ocop.Code      `json:"codes"`   // none: all products
	Mode    string           `json:"mode"`    // "": sync
}

// resync: POST /api/v1/resyncs. A request with an Idempotency-Key makes its run
// under an id that follows from the key, so that the same key finds the same
// run, through whichever replica and for as long as runs are kept.
func (s *Server) resync(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	key, err := idempotencyKey(c.r)
	if err != nil {
		return err
	}
	var body resyncBody
	if err := c.decode(&body); err != nil {
		return err
	}
	run, err := s.asked(c, body)
	if err != nil {
		return err
	}
	run.ID = run.CreatedAt.Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:8])
	if key != "" {
		run.ID = keyedID(c.who.ID, key)
	}
	c.target = run.ID
	c.detail = fmt.Sprintf("%s on %s", run.Mode, joined(run.Markets))
	if len(run.Codes) > 0 {
		c.detail += fmt.Sprintf(", %d products", len(run.Codes))
	}
	err = s.o.Work.Submit(c.r.Context(), run)
	switch {
	case key != "" && errors.Is(err, state.ErrExists):
		if run, err = s.sameRun(c, run); err != nil {
			return err
		}
		c.detail += ", asked for again"
		c.w.Header().Set("Idempotency-Replayed", "true")
	case err != nil:
		return errAway(fmt.Errorf("submit run %s: %w", run.ID, err))
	}
	c.w.Header().Set("Location", runPath(run.ID))
	return c.json(http.StatusAccepted, run)
}

// asked gives the run that a body asks for, checked.
func (s *Server) asked(c *call, body resyncBody) (state.Run, error) {
	run := state.Run{
		Mode: body.Mode, Trigger: "request", By: c.who.Name, State: state.Queued, CreatedAt: s.o.Now().UTC(),
		Parts: make(map[listing.Market]state.Part),
	}
	switch run.Mode {
	case "":
		run.Mode = modeSync
	case modeSync, modeVerify, modePlan:
	default:
		return run, errUnfit("Cách chạy phải là sync, verify hoặc plan.", "The mode must be sync, verify or plan.").of("mode", run.Mode)
	}
	known := s.markets()
	for _, m := range body.Markets {
		if !slices.Contains(known, m) {
			return run, errUnfit("Không có sàn này; các sàn là: "+joined(known)+".", "There is no such market; there are: "+joined(known)+".").of("markets", string(m))
		}
	}
	if run.Markets = sorted(body.Markets); len(run.Markets) == 0 {
		run.Markets = known
	}
	for _, m := range run.Markets {
		run.Parts[m] = state.Part{State: state.Queued}
	}
	if len(body.Codes) > maxCodes {
		return run, errUnfit(
			fmt.Sprintf("Một yêu cầu được tối đa %d mã. Hãy chia nhỏ, hoặc bỏ codes để đồng bộ tất cả.", maxCodes),
			fmt.Sprintf("A request may name %d codes. Split it, or leave codes out for all.", maxCodes),
		).of("codes", "")
	}
	if run.Codes = sorted(body.Codes); len(run.Codes) == 0 {
		return run, nil
	}
	b := s.book()
	if b == nil {
		return run, errNoReading()
	}
	for _, code := range run.Codes {
		if _, there := b.find(code); !there {
			return run, errUnfit(
				"Sổ đăng ký, ở lần đọc gần nhất, không có sản phẩm với mã này. Sản phẩm mới sẽ có sau lượt đồng bộ kế tiếp.",
				"The registry, as last read, has no product of this code. A new product is known after the next run.",
			).of("codes", string(code))
		}
	}
	return run, nil
}

// sameRun gives the run that the key made first, if it was asked for alike.
func (s *Server) sameRun(c *call, asked state.Run) (state.Run, error) {
	run, err := s.o.History.Run(c.r.Context(), asked.ID)
	if err != nil {
		return run, errAway(err)
	}
	if run.Mode != asked.Mode || !slices.Equal(sorted(run.Markets), asked.Markets) || !slices.Equal(sorted(run.Codes), asked.Codes) {
		return run, errKeyReused()
	}
	return run, nil
}

// idempotencyKey reads the header; "" where it was not sent.
func idempotencyKey(r *http.Request) (string, error) {
	given := r.Header.Values("Idempotency-Key")
	if len(given) == 0 {
		return "", nil
	}
	key := given[0]
	plain := !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' })
	if len(given) > 1 || key == "" || len(key) > 200 || !plain {
		return "", errBadParameter(
			"Idempotency-Key phải được gửi một lần, gồm 1 đến 200 ký tự ASCII, không có khoảng trắng.",
			"Send Idempotency-Key once, with 1 to 200 ASCII characters and no space.",
		).of("Idempotency-Key", "")
	}
	return key, nil
}

// keyedID is the id of the run that a key of a token's holder makes.
func keyedID(token, key string) string {
	sum := sha256.Sum256([]byte(token + "\x00" + key))
	return "key-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// sorted gives the words in order, each once; nil for none.
func sorted[T ~string](words []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(words)))
}

func joined[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
