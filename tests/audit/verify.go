// An outside verifier of the audit log, built on Go's own golang.org/x/mod/sumdb (which verifies Go's module checksums) and
// nothing of ours: it knows the C2SP specifications and the log's public key.
//
//	go run verify.go -url http://host/audit -api http://host/api/v1/audit -key VKEY [-witness VKEY] [-old FILE] [-proof FILE]
//
// Follows changes of the key (with -api), reads the checkpoint, checks its signatures, reads every tile and every entry, recomputes the tree, proves every record and
// the growth from an older checkpoint. Prints "ok N" or one line that says what does not hold, with exit code 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

func get(url string) []byte {
	response, err := http.Get(url)
	if err != nil {
		fail("%v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		fail("%s: status %d %v", url, response.StatusCode, err)
	}
	return body
}

// cosigner verifies c2sp.org/tlog-cosignature, which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(sig)
	text := "cosignature/v1\ntime " + strconv.FormatUint(time, 10) + "\n" + string(msg)
	return ed25519.Verify(c.key, []byte(text), sig[8:])
}

func newCosigner(vkey string) *cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		fail("witness key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		fail("witness key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:]), key[1:]}
}

func openCheckpoint(signed []byte, verifier note.Verifier, witness *cosigner) tlog.Tree {
	known := []note.Verifier{verifier}
	if witness != nil {
		known = append(known, witness)
	}
	opened, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	signers := map[string]bool{}
	for _, signature := range opened.Sigs {
		signers[signature.Name] = true
	}
	if !signers[verifier.Name()] {
		fail("checkpoint: not signed by the log")
	}
	if witness != nil && !signers[witness.name] {
		fail("checkpoint: not signed by the witness")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		fail("checkpoint: origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("checkpoint: size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("checkpoint: root")
	}
	return tlog.Tree{N: size, Hash: root}
}

// follow walks the changes of the log's key from the one that is known: each is announced in a checkpoint that the old key and the new one
// signed. Gives today's verifier and the trees of those checkpoints.
func follow(api string, verifier note.Verifier, key string) (note.Verifier, []tlog.Tree) {
	var log struct {
		Rotations []struct {
			OldKey     string `json:"old_key"`
			NewKey     string `json:"new_key"`
			Checkpoint string
		}
	}
	if err := json.Unmarshal(get(api+"/log"), &log); err != nil {
		fail("log: %v", err)
	}
	var trees []tlog.Tree
	for _, rotation := range log.Rotations {
		if rotation.OldKey != key {
			continue
		}
		next, err := note.NewVerifier(rotation.NewKey)
		if err != nil || next.Name() != verifier.Name() {
			fail("change of key: %v", err)
		}
		opened, err := note.Open([]byte(rotation.Checkpoint), note.VerifierList(verifier, next))
		if err != nil || len(opened.Sigs) != 2 || opened.Sigs[0].Hash == opened.Sigs[1].Hash {
			fail("change of key: not signed by both: %v", err)
		}
		if lines := strings.Split(opened.Text, "\n"); len(lines) < 4 || lines[3] != "next-key "+rotation.NewKey {
			fail("change of key: the checkpoint names another")
		}
		trees = append(trees, openCheckpoint([]byte(rotation.Checkpoint), next, nil))
		verifier, key = next, rotation.NewKey
	}
	return verifier, trees
}

// tiles reads c2sp.org/tlog-tiles for x/mod, whose own paths also name the height.
type tiles struct{ url string }

func (t tiles) Height() int { return 8 }
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		out = append(out, get(t.url+"/tile/"+strings.TrimPrefix(tile.Path(), "tile/8/")))
	}
	return out, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// entries of bundle n, of which the tree has `width`.
func readBundle(url string, n int64, width int) [][]byte {
	tile := tlog.Tile{H: 8, L: 0, N: n, W: width}
	bundle := get(url + "/tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/"))
	var out [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
			fail("bundle %d: cut short", n)
		}
		length := int(binary.BigEndian.Uint16(bundle))
		out = append(out, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	if len(out) != width {
		fail("bundle %d: %d entries instead of %d", n, len(out), width)
	}
	return out
}

func hashes(texts []string) []tlog.Hash {
	var out []tlog.Hash
	for _, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			fail("proof: %v", err)
		}
		out = append(out, hash)
	}
	return out
}

// The server's own proofs must be those that x/mod accepts.
func checkApi(api string, tree tlog.Tree, reader tlog.HashReader, old tlog.Tree) {
	for _, index := range []int64{0, tree.N / 2, tree.N - 1} {
		var answer struct {
			LeafHash string `json:"leaf_hash"`
			Hashes   []string
		}
		url := fmt.Sprintf("%s/inclusion?leaf_index=%d&tree_size=%d", api, index, tree.N)
		if err := json.Unmarshal(get(url), &answer); err != nil {
			fail("inclusion: %v", err)
		}
		if err := tlog.CheckRecord(hashes(answer.Hashes), tree.N, tree.Hash, index, hashes([]string{answer.LeafHash})[0]); err != nil {
			fail("inclusion of %d: %v", index, err)
		}
	}
	for _, from := range []int64{1, tree.N / 3, tree.N - 1, tree.N, old.N} {
		if from < 1 {
			continue
		}
		var answer struct{ Hashes []string }
		if err := json.Unmarshal(get(fmt.Sprintf("%s/consistency?from=%d&to=%d", api, from, tree.N)), &answer); err != nil {
			fail("consistency: %v", err)
		}
		oldHash, err := tlog.TreeHash(from, reader)
		if err != nil {
			fail("tree of %d: %v", from, err)
		}
		if from == old.N {
			oldHash = old.Hash
		}
		if err := tlog.CheckTree(hashes(answer.Hashes), tree.N, tree.Hash, from, oldHash); err != nil {
			fail("consistency from %d: %v", from, err)
		}
	}
}

// A proof file: the leaf is computed from what `extra` says, then held to the signed tree.
func checkProofFile(path string, verifier note.Verifier) {
	file, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	split := bytes.Index(file, []byte("\n\n"))
	if split < 0 {
		fail("proof file: malformed")
	}
	tree := openCheckpoint(file[split+2:], verifier, nil)
	lines := strings.Split(string(file[:split]), "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		fail("proof file: malformed")
	}
	extra, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
	if err != nil {
		fail("proof file: %v", err)
	}
	at := bytes.Index(extra, []byte("\n\n"))
	salt := strings.TrimPrefix(strings.Split(string(extra[:at]), "\n")[0], "salt ")
	entry := sha256.Sum256(append([]byte(salt), extra[at+2:]...))
	index, err := strconv.ParseInt(lines[2][len("index "):], 10, 64)
	if err != nil {
		fail("proof file: %v", err)
	}
	if err := tlog.CheckRecord(hashes(lines[3:]), tree.N, tree.Hash, index, tlog.RecordHash(entry[:])); err != nil {
		fail("proof file: %v", err)
	}
}

func main() {
	url := flag.String("url", "", "the log's prefix")
	api := flag.String("api", "", "the proofs' prefix")
	key := flag.String("key", "", "the log's verifier key")
	witnessKey := flag.String("witness", "", "a witness's verifier key")
	oldFile := flag.String("old", "", "an older checkpoint")
	proofFile := flag.String("proof", "", "a .tlog-proof")
	flag.Parse()
	verifier, err := note.NewVerifier(*key)
	if err != nil {
		fail("key: %v", err)
	}
	if *proofFile != "" {
		checkProofFile(*proofFile, verifier)
		fmt.Println("ok proof")
		return
	}
	var witness *cosigner
	if *witnessKey != "" {
		witness = newCosigner(*witnessKey)
	}
	first := verifier
	var before []tlog.Tree
	if *api != "" {
		verifier, before = follow(*api, verifier, *key)
	}
	tree := openCheckpoint(get(*url+"/checkpoint"), verifier, witness)
	reader := tlog.TileHashReader(tree, tiles{*url})
	for _, one := range before {
		if hash, err := tlog.TreeHash(one.N, reader); err != nil || hash != one.Hash {
			fail("history was rewritten since the change of key at %d: %v", one.N, err)
		}
	}
	old := tlog.Tree{}
	if *oldFile != "" {
		signed, err := os.ReadFile(*oldFile)
		if err != nil {
			fail("%v", err)
		}
		old = openCheckpoint(signed, first, nil)
		if old.N > tree.N {
			fail("the log has shrunk from %d to %d", old.N, tree.N)
		}
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		if err != nil {
			fail("consistency: %v", err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			fail("history was rewritten: %v", err)
		}
	}
	for start := int64(0); start < tree.N; start += 256 {
		width := int64(256)
		if start+width > tree.N {
			width = tree.N - start
		}
		var indexes []int64
		for i := start; i < start+width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		leaves, err := reader.ReadHashes(indexes)
		if err != nil {
			fail("tiles: %v", err)
		}
		for i, entry := range readBundle(*url, start/256, int(width)) {
			if tlog.RecordHash(entry) != leaves[i] {
				fail("entry %d is not the leaf's", start+int64(i))
			}
		}
	}
	for _, n := range []int64{0, tree.N / 2, tree.N - 1} {
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			fail("record %d: %v", n, err)
		}
		leaves, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		if err != nil {
			fail("record %d: %v", n, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaves[0]); err != nil {
			fail("record %d: %v", n, err)
		}
	}
	if *api != "" {
		checkApi(*api, tree, reader, old)
	}
	fmt.Printf("ok %d\n", tree.N)
}
