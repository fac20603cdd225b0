package request_test

import (
	"strings"
	"testing"

	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/request"
)

func TestTry(t *testing.T) {
	r, err := message.New(messagetest.Settings())
	if err != nil {
		t.Fatal(err)
	}
	d := messagetest.Cases()[0].Delivery
	m, _ := r.Render(d, 0, nil)
	for _, c := range []struct{ why, url, body, want string }{
		{"what a sender could send", "{{ .URL }}{{ .Secret.path }}", `{"text": {{ toJson .Title }}}`, ""},
		{"what is no JSON", "{{ .URL }}", `{"text": {{ .Title }}}`, "body: it is no JSON"},
		{"what fails", "{{ .URL }}", `{{ .Nothing.At.All }}`, "body: "},
		{"an address that fails", "{{ .Nothing.At.All }}", "", "url: "},
	} {
		own := request.Definition{Raise: []request.Call{{
			Method: "POST", URL: c.url, Body: c.body, Headers: []request.Header{{Name: "Content-Type", Value: "application/json"}},
		}}}
		err := request.Try(own, nil, d, m)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}
