package admin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// A Word is what a person says of something held.
type Word struct {
	Market   listing.Market
	Reading  bool // of the sources, not a plan of the market
	Decision state.HeldDecision
	Run      state.Run // that carries an approval out; it is not recorded yet
}

type approveBody struct {
	Checksum string `json:"checksum"`
}

type refuseBody struct {
	Checksum string `json:"checksum"`
	Reason   string `json:"reason"`
}

// refusedAnswer says that a person refused what is held.
type refusedAnswer struct {
	Market   listing.Market `json:"market"`
	Checksum string         `json:"checksum"`
	Refused  bool           `json:"refused"`
	Reason   string         `json:"reason"`
	By       string         `json:"by"`
	At       time.Time      `json:"at"`
}

// approvePart: POST /api/v1/runs/{id}/parts/{market}/approve.
func (s *Server) approvePart(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	var body approveBody
	if err := c.decode(&body); err != nil {
		return err
	}
	w, err := s.approve(c, c.r.PathValue("id"), c.r.PathValue("market"), body.Checksum)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", runPath(w.Run.ID))
	return c.json(http.StatusAccepted, w.Run)
}

// refusePart: POST /api/v1/runs/{id}/parts/{market}/refuse.
func (s *Server) refusePart(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	var body refuseBody
	if err := c.decode(&body); err != nil {
		return err
	}
	w, err := s.refuse(c, c.r.PathValue("id"), c.r.PathValue("market"), body.Checksum, body.Reason)
	if err != nil {
		return err
	}
	d := w.Decision
	return c.json(http.StatusOK, refusedAnswer{w.Market, d.Checksum, true, d.Reason, d.By, d.At})
}

// approve lets what is held go, with an urgent run of the market.
func (s *Server) approve(c *call, run, market, checksum string) (Word, error) {
	w, asked, err := s.heldIn(c, run, market, checksum)
	if err != nil {
		return w, err
	}
	now := s.o.Now().UTC()
	w.Run = state.Run{
		ID:   now.Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:8]),
		Mode: modeSync, Trigger: "request", By: c.who.Name, Markets: []listing.Market{w.Market}, CreatedAt: now, State: state.Queued,
		Parts: make(map[listing.Market]state.Part),
	}
	if w.Reading { // it is of all markets
		w.Run.Markets = asked.Markets
	}
	for _, m := range w.Run.Markets {
		w.Run.Parts[m] = state.Part{State: state.Queued}
	}
	w.Decision.Approved, w.Decision.Run = true, w.Run.ID
	c.detail = fmt.Sprintf("%s, checksum %s, run %s", w.Market, checksum, w.Run.ID)
	return w, s.decide(c, w)
}

// refuse leaves what is held as it is for good, until it differs.
func (s *Server) refuse(c *call, run, market, checksum, why string) (Word, error) {
	w, _, err := s.heldIn(c, run, market, checksum)
	if err != nil {
		return w, err
	}
	if w.Reading {
		return w, errUnfit(
			"Lần đọc nguồn đang giữ vẫn được giữ cho đến khi được duyệt hoặc nguồn được sửa; không cần từ chối.",
			"A held reading stays held until it is approved or the source is mended; there is nothing to refuse.",
		).of("checksum", checksum)
	}
	w.Decision.Reason = strings.Join(strings.Fields(why), " ")
	if n := utf8.RuneCountInString(w.Decision.Reason); n == 0 || n > maxReason {
		return w, errUnfit(
			fmt.Sprintf("Hãy ghi lý do từ chối, tối đa %d ký tự; mọi người sẽ thấy lý do này.", maxReason),
			fmt.Sprintf("Say why, in at most %d characters; everybody sees it.", maxReason),
		).of("reason", why)
	}
	c.detail = fmt.Sprintf("%s, checksum %s: %s", w.Market, checksum, w.Decision.Reason)
	return w, s.decide(c, w)
}

// heldIn finds what a run held on a market under a checksum.
func (s *Server) heldIn(c *call, id, market, checksum string) (Word, state.Run, error) {
	w := Word{Market: listing.Market(market), Decision: state.HeldDecision{Checksum: checksum, By: c.who.Name, At: s.o.Now().UTC()}}
	run, err := s.findRunOf(c, id)
	if err != nil {
		return w, run, err
	}
	c.target = run.ID
	part, has := run.Parts[w.Market]
	if !has {
		return w, run, errNotFound(
			"Lượt này không có phần nào trên sàn đó; các sàn của lượt là: "+joined(run.Markets)+".",
			"The run has no part on that market; its markets are: "+joined(run.Markets)+".",
		).of("market", market)
	}
	known := []string{part.Checksum}
	if plan := s.heldOn(w.Market); plan != nil && plan.Run == id {
		known = append(known, plan.Checksum) // another run plans the same
	}
	if checksum == "" || !slices.Contains(known, checksum) {
		return w, run, errHeldChanged().of("checksum", checksum)
	}
	w.Reading = checksum == run.Source.Checksum
	return w, run, nil
}

func (s *Server) heldOn(m listing.Market) *Held {
	for _, ms := range s.o.Model.Status().Markets {
		if ms.Market == m {
			return ms.Held
		}
	}
	return nil
}

// decide passes the word on and says why it was not taken.
func (s *Server) decide(c *call, w Word) error {
	err := s.o.Work.Decide(c.r.Context(), w)
	var before *state.DecidedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &before):
		return errDecided(before.Decision)
	case errors.Is(err, state.ErrStale):
		return errHeldChanged().of("checksum", w.Decision.Checksum)
	case errors.Is(err, state.ErrLapsed):
		return errLapsed().of("checksum", w.Decision.Checksum)
	case errors.Is(err, state.ErrNotFound):
		return errNothingHeld().of("checksum", w.Decision.Checksum)
	}
	return errAway(fmt.Errorf("decide on %s of %s: %w", w.Decision.Checksum, w.Market, err))
}

func errHeldChanged() *Error {
	return &Error{
		Status: http.StatusConflict, Code: "held_changed",
		Title: ocop.Text{VI: "Những gì đang giữ đã khác", EN: "What is held has changed"},
		Detail: ocop.Text{
			VI: "Mã kiểm tra này không phải của những thay đổi đang giữ hiện nay. Hãy mở lại trang tình trạng, xem lại rồi quyết định.",
			EN: "This checksum is not that of what is held now. Look at the status again, then decide.",
		},
	}
}

func errLapsed() *Error {
	return &Error{
		Status: http.StatusConflict, Code: "held_ended",
		Title: ocop.Text{VI: "Đã giữ quá 7 ngày", EN: "Held for more than 7 days"},
		Detail: ocop.Text{
			VI: "Những thay đổi này đã giữ quá 7 ngày nên không duyệt được nữa; lượt đồng bộ tới sẽ hỏi lại.",
			EN: "These changes were held for more than 7 days and can't be decided on any more; the next run asks anew.",
		},
	}
}

func errNothingHeld() *Error {
	return &Error{
		Status: http.StatusConflict, Code: "nothing_held",
		Title: ocop.Text{VI: "Không còn gì đang giữ", EN: "Nothing is held any more"},
		Detail: ocop.Text{
			VI: "Hiện không có gì đang chờ duyệt ở đây; có thể nguồn đã được sửa. Hãy xem trang tình trạng.",
			EN: "Nothing waits here now; perhaps the source was mended. See the status.",
		},
	}
}

func errDecided(d state.HeldDecision) *Error {
	e := &Error{
		Status: http.StatusConflict, Code: "already_decided", Field: "checksum", Value: d.Checksum,
		Title: ocop.Text{VI: "Đã có quyết định", EN: "Decided already"},
		Detail: ocop.Text{
			VI: fmt.Sprintf("%s đã từ chối: %s. Thay đổi này chỉ được hỏi lại khi nội dung khác đi; vẫn có thể duyệt.", d.By, d.Reason),
			EN: fmt.Sprintf("%s refused it: %s. It is asked again only once it differs; it can still be approved.", d.By, d.Reason),
		},
	}
	if d.Approved {
		e.Detail = ocop.Text{
			VI: fmt.Sprintf("%s đã duyệt; mỗi lần duyệt chỉ dùng được một lần, trong lượt %s. Hãy xem kết quả của lượt đó.", d.By, d.Run),
			EN: fmt.Sprintf("%s approved it; an approval is used once, by run %s. See what that run came to.", d.By, d.Run),
		}
	}
	return e
}
