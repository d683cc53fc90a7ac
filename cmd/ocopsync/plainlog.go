package main

import (
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"

	"ocopsync/internal/ocop"
)

// plainLog is a log for a person who watches: one line of words for each
// warning or failure, in the language of --lang. What the cause says itself
// (the market, the SKU) is not said twice, and the run is the one on the screen.
type plainLog struct {
	zapcore.LevelEnabler
	app    *app
	fields []zapcore.Field // of the loggers made by With
}

// With gives the log that says these fields too.
func (l *plainLog) With(fields []zapcore.Field) zapcore.Core {
	return &plainLog{LevelEnabler: l.LevelEnabler, app: l.app, fields: slices.Concat(l.fields, fields)}
}

// Check takes an entry that is grave enough.
func (l *plainLog) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if l.Enabled(e.Level) {
		return ce.AddCore(e, l)
	}
	return ce
}

// Write says one entry.
func (l *plainLog) Write(e zapcore.Entry, fields []zapcore.Field) error {
	word := ocop.Text{VI: "cảnh báo", EN: "warning"}
	if e.Level > zapcore.WarnLevel {
		word = ocop.Text{VI: "lỗi", EN: "error"}
	}
	line := l.app.text(word) + ": " + l.app.text(logWords(e.Message)) + detail(slices.Concat(l.fields, fields))
	if isTerminal(l.app.err) {
		line = clearLine + line
	}
	_, err := fmt.Fprintln(l.app.err, line)
	return err
}

// Sync does nothing: every line is written at once.
func (l *plainLog) Sync() error { return nil }

// detail is what an entry's fields say: the cause, after what it leaves out.
func detail(fields []zapcore.Field) string {
	values := zapcore.NewMapObjectEncoder()
	cause := ""
	var order []string
	for _, f := range fields {
		f.AddTo(values)
		switch f.Key {
		case "error":
			cause = fmt.Sprint(values.Fields[f.Key])
		case "run":
		default:
			order = append(order, f.Key)
		}
	}
	var words []string
	for _, key := range order {
		if said := fmt.Sprint(values.Fields[key]); !strings.Contains(cause, said) {
			words = append(words, said)
		}
	}
	if cause != "" {
		words = append(words, cause)
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ": ")
}

// logWords are the words of the warnings that a run can give; others are said
// as they are logged.
func logWords(message string) ocop.Text {
	vi := map[string]string{
		"change failed":                                        "không thực hiện được một thay đổi",
		"the part ended early":                                 "phần việc của một sàn phải dừng sớm",
		"a setting of Redis":                                   "một thiết lập của Redis",
		"redis connection":                                     "kết nối tới Redis",
		"progress could not be recorded":                       "không ghi lại được tiến độ",
		"the part's end could not be recorded":                 "không ghi lại được kết quả phần việc của một sàn",
		"the lease could not be given back; it ends by itself": "không trả lại được quyền làm việc với sàn; quyền này sẽ tự hết",
	}
	t := ocop.Text{VI: vi[message], EN: message}
	if t.VI == "" {
		t.VI = message
	}
	return t
}
