package page

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"

	"github.com/emersion/go-message/mail"
)

// mailView is a mail as its reader sees it.
type mailView struct {
	From, To, Subject string
	HTML, Text        string
}

// readMail takes a mail apart. What it can't read becomes the text.
func readMail(raw []byte) mailView {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return mailView{Subject: "(unreadable)", Text: string(raw)}
	}
	v := mailView{}
	v.Subject, _ = r.Header.Subject()
	v.From = addresses(&r.Header, "From")
	v.To = addresses(&r.Header, "To")
	pictures := map[string]string{}
	for {
		p, err := r.NextPart()
		if err != nil {
			return v.show(pictures)
		}
		h, ok := p.Header.(*mail.InlineHeader)
		if !ok {
			continue
		}
		body, err := io.ReadAll(io.LimitReader(p.Body, 1<<20))
		if err != nil {
			continue
		}
		switch t, _, _ := h.ContentType(); t {
		case "text/html":
			v.HTML = string(body)
		case "text/plain":
			v.Text = string(body)
		case "image/png":
			pictures[strings.Trim(h.Get("Content-Id"), "<>")] = base64.StdEncoding.EncodeToString(body)
		}
	}
}

// show puts the pictures that came with the mail where its HTML names them.
func (v mailView) show(pictures map[string]string) mailView {
	for id, body := range pictures {
		v.HTML = strings.ReplaceAll(v.HTML, `src="cid:`+id+`"`, `src="data:image/png;base64,`+body+`"`)
	}
	return v
}

func addresses(h *mail.Header, key string) string {
	list, err := h.AddressList(key)
	if err != nil {
		return h.Get(key)
	}
	var all []string
	for _, a := range list {
		if a.Name != "" {
			all = append(all, a.Name+" <"+a.Address+">")
			continue
		}
		all = append(all, a.Address)
	}
	return strings.Join(all, ", ")
}
