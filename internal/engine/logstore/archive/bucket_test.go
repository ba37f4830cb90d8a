package archive_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/archive"
)

// eachTarget runs a test on a directory and on a bucket of a server that checks signatures and checksums.
func eachTarget(t *testing.T, test func(t *testing.T, target archive.Target)) {
	t.Helper()
	t.Run("directory", func(t *testing.T) { test(t, archive.Dir(t.TempDir()+"/not there yet")) })
	t.Run("bucket", func(t *testing.T) { test(t, bucket(t, "secret")) })
}

// bucket is one of a server in this process; its key is "key", its secret "secret".
func bucket(t *testing.T, secret string) *archive.Bucket {
	t.Helper()
	objects := s3mem.New()
	if err := objects.CreateBucket(t.Context(), "desk-logs"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(objects, gofakes3.WithV4Auth(map[string]string{"key": "secret"})).Server())
	t.Cleanup(server.Close)
	b, err := archive.NewBucket(archive.BucketConfig{Endpoint: server.URL, Region: "eu-west-2", Bucket: "desk-logs", Prefix: "/london/a b+ü/",
		AccessKey: "key", SecretKey: secret})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTargetsKeepWhatTheyAreGiven(t *testing.T) {
	eachTarget(t, func(t *testing.T, target archive.Target) {
		if names, err := target.List(t.Context()); err != nil || len(names) != 0 {
			t.Fatalf("an empty one has %v; %v", names, err)
		}
		if _, err := target.Get(t.Context(), "logs-2026-01-01.json"); !errs.Is(err, errs.NotFound) {
			t.Errorf("what is not there is answered with %v", err)
		}
		want := map[string][]byte{"logs-2026-01-01.json": []byte("{}"), "logs-2026-01-01-0a1b2c3d.ndjson.zst": bytes.Repeat([]byte{0, 255, 'x'}, 700_000), "logs-2026-01-02-e3b0c442.ndjson.zst": nil}
		for name, content := range want {
			for range 2 { // the second replaces the first
				if err := target.Put(t.Context(), name, int64(len(content)), bytes.NewReader(content)); err != nil {
					t.Fatal(err)
				}
			}
		}
		names, err := target.List(t.Context())
		if slices.Sort(names); err != nil || strings.Join(names, " ") != "logs-2026-01-01-0a1b2c3d.ndjson.zst logs-2026-01-01.json logs-2026-01-02-e3b0c442.ndjson.zst" {
			t.Errorf("it has %q; %v", names, err)
		}
		for name, content := range want {
			body, err := target.Get(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			if err := body.Close(); err != nil {
				t.Error(err)
			}
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s came back as %d bytes, want %d; %v", name, len(got), len(content), err)
			}
		}
	})
}

func TestADayComesBackFromABucket(t *testing.T) {
	eachTarget(t, func(t *testing.T, target archive.Target) {
		at := old()
		d := open(t, t.TempDir())
		d.Target = target
		d.put(append(many(at, 300), strange(at)...)...)
		before := d.all(at)
		d.archived()
		d = d.ageOut(at, 10*day)
		d.Target = target
		d.list()
		if err := d.Restore(nameOf(at), day); err != nil {
			t.Fatal(err)
		}
		d.steps("the day is back", func(st archive.Status) bool { return st.Restored[0].Done })
		if got := d.all(at); !slices.Equal(got, before) {
			t.Errorf("what came back differs: %s", firstDifference(got, before))
		}
	})
}

func TestManyDaysInABucketAreListedPageByPage(t *testing.T) {
	b := bucket(t, "secret")
	const days = 1_050 // a page of the protocol has 1,000
	for i := range days {
		if err := b.Put(t.Context(), fmt.Sprintf("logs-%04d.json", i), 2, strings.NewReader("{}")); err != nil {
			t.Fatal(err)
		}
	}
	names, err := b.List(t.Context())
	if err != nil || len(names) != days || names[days-1] != "logs-1049.json" {
		t.Errorf("%d names; %v", len(names), err)
	}
}

func TestALargeDayIsStoredInParts(t *testing.T) {
	b := bucket(t, "secret")
	content := bytes.Repeat([]byte("0123456789abcdef"), 40<<20/16)
	if err := b.Put(t.Context(), "logs-2026-01-01-0a1b2c3d.ndjson.zst", int64(len(content)), bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	body, err := b.Get(t.Context(), "logs-2026-01-01-0a1b2c3d.ndjson.zst")
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back; %v", len(got), err)
	}
}

func TestAServerThatIsAwayIsSaid(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	b, err := archive.NewBucket(archive.BucketConfig{Endpoint: server.URL, Region: "eu-west-2", Bucket: "desk-logs", AccessKey: "key", SecretKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.List(t.Context()); !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("it says %v", err)
	}
}

func TestABucketThatRefusesSaysWhy(t *testing.T) {
	b := bucket(t, "another secret")
	_, err := b.List(t.Context())
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "SignatureDoesNotMatch") || strings.Contains(err.Error(), "another secret") {
		t.Errorf("it says %v", err)
	}
	for _, c := range []archive.BucketConfig{
		{}, {Endpoint: "s3.example", Region: "x", Bucket: "b", AccessKey: "a", SecretKey: "s"},
		{Endpoint: "https://s3.example", Region: "x", Bucket: "a b", AccessKey: "a", SecretKey: "s"},
		{Endpoint: "https://s3.example", Region: "x", Bucket: "b", AccessKey: "a"},
	} {
		if _, err := archive.NewBucket(c); !errs.Is(err, errs.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
