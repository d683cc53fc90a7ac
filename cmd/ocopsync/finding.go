package main

import (
	"fmt"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// finding is one line of a check. JSON has it in English.
type finding struct {
	What   string `json:"what"`
	Level  string `json:"level"` // ok, warn or bad
	Detail string `json:"detail"`
	text   ocop.Text
}

const (
	levelOK   = "ok"
	levelWarn = "warn"
	levelBad  = "bad"
)

// say makes a finding; the text's verbs take args in both languages.
func say(what, level string, t ocop.Text, args ...any) finding {
	if len(args) > 0 {
		t = ocop.Text{VI: fmt.Sprintf(t.VI, args...), EN: fmt.Sprintf(t.EN, args...)}
	}
	return finding{What: what, Level: level, Detail: t.EN, text: t}
}

func good(what string, t ocop.Text, args ...any) finding { return say(what, levelOK, t, args...) }

// bad is a finding in the words of an error.
func bad(what string, err error) finding {
	return say(what, levelBad, ocop.Text{VI: err.Error(), EN: err.Error()})
}

// unread counts what a source does not say surely.
func unread(what string, n int) finding {
	t := counting(ocop.Text{}, n, noun{"value", "values", "giá trị"})
	return say(what, levelWarn, ocop.Text{
		VI: t.VI + " không đọc được chắc chắn; xem danh sách bằng `ocopsync plan`", EN: t.EN + " cannot be read surely; `ocopsync plan` lists them",
	})
}

// counting ends a text with a number of things.
func counting(begin ocop.Text, n int, what noun) ocop.Text {
	return ocop.Text{VI: begin.VI + fmt.Sprintf("%d %s", n, what.vi), EN: begin.EN + ocop.Count(n, what.one, what.many)}
}

// settingText says a setting of Redis beside what it should be.
func settingText(s state.Setting) ocop.Text {
	vi := fmt.Sprintf("%s là %s, cần là %s", s.Name, s.Is, s.Want)
	switch s.Verdict {
	case state.Fit:
		vi = fmt.Sprintf("%s là %s", s.Name, s.Is)
	case state.Unchecked:
		vi = fmt.Sprintf("không kiểm tra được %s; cần là %s", s.Name, s.Want)
	case state.Warned, state.Refused:
	}
	return ocop.Text{VI: vi, EN: s.String()}
}

func (a *app) reportCheck(found []finding) error {
	wrong := 0
	for _, f := range found {
		if f.Level == levelBad {
			wrong++
		}
	}
	if a.json {
		if err := a.printJSON(map[string]any{"findings": found, "bad": wrong}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			a.printf("%-5s %-14s %s\n", a.text(word(levelWords(), f.Level)), a.text(word(checkedWords(), f.What)), a.text(f.text))
		}
	}
	if wrong > 0 {
		return &exitError{code: exitFailed, text: a.counted(wrong, noun{"thing is wrong", "things are wrong", "điều chưa đúng"})}
	}
	return nil
}

func levelWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		levelOK: {VI: "tốt", EN: "ok"}, levelWarn: {VI: "lưu ý", EN: "warn"}, levelBad: {VI: "lỗi", EN: "bad"},
	}
}

// checkedWords are the things that are checked; keys of the configuration and
// names of markets are called as they are.
func checkedWords() map[string]ocop.Text {
	same := func(s string) ocop.Text { return ocop.Text{VI: s, EN: s} }
	return map[string]ocop.Text{
		"configuration": {VI: "cấu hình", EN: "configuration"},
		"registry":      {VI: "sổ đăng ký", EN: "registry"},
		"price list":    {VI: "bảng giá", EN: "price list"},
		"markets":       {VI: "các sàn", EN: "markets"},
		"data_dir":      same("data_dir"),
	}
}
