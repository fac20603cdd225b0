package message_test

import (
	"flag"
	"fmt"
	"testing"

	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
)

var update = flag.Bool("update", false, "write the golden files")

func renderer(t *testing.T) *message.Renderer {
	t.Helper()
	r, err := message.New(messagetest.Settings())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every kind of message says what it should: the files are the specification.
func TestPlain(t *testing.T) {
	r := renderer(t)
	for _, c := range messagetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			m, missing := r.Render(c.Delivery, 10, nil)
			if len(missing) > 0 {
				t.Fatalf("missing answers to %v", missing)
			}
			text := m.Plain()
			for _, err := range m.Errors {
				text += fmt.Sprintf("error: %v\n", err)
			}
			messagetest.Golden(t, *update, c.Name+".txt", []byte(text))
		})
	}
}
