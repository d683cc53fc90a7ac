package queue

import (
	"encoding/json"
	"testing"
	"time"
)

func FuzzParseWindow(f *testing.F) {
	for _, text := range []string{"08:00-17:30", "22:00-05:30", " 00:00 - 24:00 ", "24:00-00:00", "8-9", "", "99:99-00:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWindow(text)
		if err != nil {
			return
		}
		if w.From < 0 || w.From >= 24*time.Hour || w.To < 0 || w.To > 24*time.Hour {
			t.Fatalf("ParseWindow(%q) = %+v, which is no part of a day", text, w)
		}
		if again, err := ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("ParseWindow(%q) = %s, read again: %s, %v", text, w, again, err)
		}
	})
}

func FuzzDecodeTask(f *testing.F) {
	for _, text := range []string{
		`{"run":"sync.20261123T021500Z.postmart","market":"postmart"}`,
		`{"run":"r1","market":"voso","urgent":true,"attempt":3}`,
		`{"run":"a:b","market":"voso"}`, `{"run":"r1","market":"voso","attempt":-1}`, `null`, `[]`, ``,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		task, err := decodeTask(payload)
		if err != nil {
			return
		}
		if p, ok := partOfID(task.id()); !ok || p != task.part() {
			t.Errorf("the id %q of %+v is read as %v", task.id(), task, p)
		}
		if tick, is := tickOf(task.Run); is && tick.Run() != task.Run {
			t.Errorf("run %q is read as the tick %+v, whose run is %q", task.Run, tick, tick.Run())
		}
		body, err := json.Marshal(task)
		must(t, err)
		if again, err := decodeTask(body); err != nil || again != task {
			t.Errorf("%+v comes back as %+v, %v", task, again, err)
		}
	})
}
