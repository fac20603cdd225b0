package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// uploadPath is where the bytes of files go.
const uploadPath = "/upload/v1/"

// A File is one that was uploaded and shared.
type File struct {
	ID, Name, Title, Alt string
	Bytes                []byte
	ChannelID, ThreadTS  string

	length int
	sent   bool
}

type fileNote struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Files returns what was shared so far.
func (s *Server) Files() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.files)
}

// uploadURL says where to put the bytes of a file.
func (s *Server) uploadURL(_ http.ResponseWriter, r request) (answer, bool) {
	var f struct {
		Filename string `json:"filename"`
		Length   int    `json:"length"`
		AltTxt   string `json:"alt_txt"`
	}
	switch err := json.Unmarshal(r.args, &f); {
	case err != nil, f.Filename == "", f.Length <= 0:
		return no("invalid_arguments"), true
	case length(f.AltTxt) > maxField:
		return no("alt_txt_too_large"), true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("F%08d", len(s.uploads)+1)
	s.uploads[id] = &File{ID: id, Name: f.Filename, Alt: f.AltTxt, length: f.Length}
	return answer{OK: true, UploadURL: base(r.Request, "http") + uploadPath + id, FileID: id}, true
}

// base is the address that a request came to.
func base(r *http.Request, scheme string) string {
	if r.TLS != nil {
		scheme += "s"
	}
	return scheme + "://" + r.Host
}

// fileIn reads the file of an upload.
func fileIn(r *http.Request) ([]byte, error) {
	var from io.Reader = r.Body
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		part, _, err := r.FormFile("file")
		if err != nil {
			return nil, err
		}
		from = part
	}
	return io.ReadAll(io.LimitReader(from, maxRequest))
}

// upload takes the bytes of a file, as they are or as the part `file` of a form.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	all, err := fileIn(r)
	if f, failing := s.fault("upload"); failing && s.meet(w, r, f) {
		return
	}
	s.mu.Lock()
	f := s.uploads[strings.TrimPrefix(r.URL.Path, uploadPath)]
	ok := err == nil && f != nil && len(all) == f.length
	if ok {
		f.Bytes, f.sent = all, true
	}
	s.mu.Unlock()
	if !ok {
		s.plain(w, http.StatusBadRequest, "bad_upload")
		return
	}
	_, _ = io.WriteString(w, "OK - "+strconv.Itoa(len(all)))
}

// complete shares uploaded files.
func (s *Server) complete(_ http.ResponseWriter, r request) (answer, bool) {
	var c struct {
		Files     []fileNote `json:"files"`
		ChannelID string     `json:"channel_id"`
		ThreadTS  string     `json:"thread_ts"`
	}
	if err := json.Unmarshal(r.args, &c); err != nil || len(c.Files) == 0 {
		return no("invalid_arguments"), true
	}
	if c.ChannelID != "" && (!s.knows(c.ChannelID) || ChannelID(c.ChannelID) != c.ChannelID) {
		return no("channel_not_found"), true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ThreadTS != "" && s.find(c.ChannelID, c.ThreadTS) == nil {
		return no("invalid_thread_ts"), true
	}
	for _, note := range c.Files {
		f := s.uploads[note.ID]
		if f == nil || !f.sent {
			return no("file_not_found"), true
		}
		f.Title, f.ChannelID, f.ThreadTS = note.Title, c.ChannelID, c.ThreadTS
		s.files = append(s.files, *f)
	}
	s.tell()
	return answer{OK: true, Files: c.Files}, true
}
