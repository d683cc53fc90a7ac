package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestWarningsAreLinesForAPerson(t *testing.T) {
	t.Parallel()
	cause := errors.New("voso: create OCOP-68-1: invalid bad_image: too small")
	for _, c := range []struct {
		lang string
		log  func(*zap.Logger)
		want string
	}{
		{"en", func(l *zap.Logger) {
			l.With(zap.String("run", "R-1"), zap.String("market", "voso")).
				Warn("change failed", zap.String("sku", "OCOP-68-1"), zap.String("change", "create"), zap.Error(cause))
		}, "warning: change failed: voso: create OCOP-68-1: invalid bad_image: too small\n"},
		{"vi", func(l *zap.Logger) { l.Warn("change failed", zap.Error(cause)) },
			"cảnh báo: không thực hiện được một thay đổi: voso: create OCOP-68-1: invalid bad_image: too small\n"},
		{"en", func(l *zap.Logger) {
			l.Error("the part ended early", zap.String("market", "voso"), zap.Error(errors.New("busy")))
		},
			"error: the part ended early: voso: busy\n"},
		{"vi", func(l *zap.Logger) { l.Error("nobody translated this", zap.Int("failures", 2)) }, "lỗi: nobody translated this: 2\n"},
		{"en", func(l *zap.Logger) { l.Warn("plain") }, "warning: plain\n"},
		{"en", func(l *zap.Logger) { l.Info("change applied") }, ""},
	} {
		var errs bytes.Buffer
		a := newApp(&bytes.Buffer{}, &errs)
		a.lang = c.lang
		log, flush, err := a.logger("debug")
		must(t, err)
		c.log(log)
		flush()
		if errs.String() != c.want {
			t.Errorf("%s: said %q, expected %q", c.lang, errs.String(), c.want)
		}
	}
}

// Without --log a person reads; with it, to a file or to standard error, a machine.
func TestOnlyLogIsJSON(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := s.call("sync") // three pictures are refused
	if !strings.Contains(got.err, "\nwarning: change failed: lamdong: create OCOP-") || strings.Contains(got.err, `{"level"`) {
		t.Errorf("the warnings are no lines for a person\n%s", got)
	}
	path := filepath.Join(s.dir, "log.json")
	s.setPrice(s.everywhere()[0], 111_000)
	if got := s.call("sync", "--log", path); strings.Contains(got.err, "warning:") {
		t.Errorf("with --log FILE warnings are told twice\n%s", got)
	}
	if len(s.readLog(path)) == 0 {
		t.Error("the log has no lines")
	}
	code := refusedOnLamdong(s.sync(exitOK))
	if got := s.call("sync", "--log", "-", "--code", code); !strings.Contains(got.err, `{"level":"warn"`) || strings.Contains(got.err, "warning:") {
		t.Errorf("with --log - standard error has no JSON lines\n%s", got)
	}
}
