using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Media.Tests;

public sealed class FileBlobStoreTests : IDisposable
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("a picture");
    private readonly TemporaryDirectory directory = new();
    private readonly SetTime time = new(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));
    private readonly FileBlobStore store;

    public FileBlobStoreTests() => store = new FileBlobStore(directory.Path, time);

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task Stored_bytes_are_found_under_their_digest()
    {
        var key = await store.Put("acme", Content, default);
        Assert.Equal($"acme/{Convert.ToHexStringLower(SHA256.HashData(Content))}", key.ToString());
        await using var found = await store.Open(key, default);
        Assert.NotNull(found);
        Assert.Equal(Content.Length, found.Length);
        Assert.True(found.Stream.CanSeek);
        Assert.Equal(Content, await found.ReadAll(default));
        Assert.Equal([Path.Combine(directory.Path, "acme", key.Sha256[..2], key.Sha256)], directory.Files);
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        var key = await store.Put("acme", ReadOnlyMemory<byte>.Empty, default);
        Assert.True(await store.Verify(key, default));
    }

    [Fact]
    public async Task The_same_bytes_put_at_once_by_many_are_one_blob()
    {
        var other = new FileBlobStore(directory.Path, time);
        var keys = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => (i % 2 == 0 ? store : other).Put("acme", Content, default)));
        Assert.Single(keys.Distinct());
        Assert.Single(directory.Files);
        Assert.True(await store.Verify(keys[0], default));
    }

    [Fact]
    public async Task A_reader_sees_the_whole_blob_or_none_while_it_is_put_and_deleted()
    {
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var key = new BlobKey("acme", Convert.ToHexStringLower(SHA256.HashData(content)));
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                await store.Put("acme", content, default);
                await store.Delete(key, default);
            }
        });
        while (!writer.IsCompleted)
        {
            await using var found = await store.Open(key, default);
            if (found is not null)
                Assert.Equal(content, await found.ReadAll(default));
        }
        await writer;
        Assert.Empty(directory.Files);
    }

    [Fact]
    public async Task A_tenant_does_not_find_the_bytes_of_another()
    {
        var key = await store.Put("acme", Content, default);
        Assert.Null(await store.Open(new BlobKey("other", key.Sha256), default));
        Assert.False(await store.Delete(new BlobKey("other", key.Sha256), default));
        await store.Put("other", Content, default);
        Assert.True(await store.Delete(new BlobKey("other", key.Sha256), default));
        Assert.True(await store.Verify(key, default));
        Assert.Empty(await Listed("other"));
        Assert.Equal(key, Assert.Single(await Listed("acme")).Key);
    }

    [Fact]
    public async Task A_deleted_blob_is_absent()
    {
        var key = await store.Put("acme", Content, default);
        Assert.True(await store.Delete(key, default));
        Assert.False(await store.Delete(key, default));
        Assert.Null(await store.Open(key, default));
        Assert.False(await store.Verify(key, default));
    }

    [Fact]
    public async Task A_flipped_bit_a_cut_and_an_addition_are_each_noticed_and_healed_by_another_put()
    {
        var key = await store.Put("acme", Content, default);
        var path = Assert.Single(directory.Files);
        for (var bit = 0; bit < Content.Length * 8; bit++)
        {
            var flipped = (byte[])Content.Clone();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            await File.WriteAllBytesAsync(path, flipped);
            Assert.False(await store.Verify(key, default));
        }
        await File.WriteAllBytesAsync(path, Content[..^1]);
        Assert.False(await store.Verify(key, default));
        await File.WriteAllBytesAsync(path, [.. Content, 0]);
        Assert.False(await store.Verify(key, default));

        await store.Put("acme", Content, default);
        Assert.True(await store.Verify(key, default));
    }

    [Fact]
    public async Task A_listing_tells_length_and_time_in_order_of_digests_and_a_second_put_renews_the_time()
    {
        var keys = new List<BlobKey>();
        for (var i = 0; i < 20; i++)
            keys.Add(await store.Put("acme", new byte[i], default));
        var first = time.Now;
        time.Now += TimeSpan.FromDays(3);
        await store.Put("acme", new byte[7], default);

        var entries = await Listed("acme");
        Assert.Equal(keys.OrderBy(key => key.Sha256, StringComparer.Ordinal), entries.Select(entry => entry.Key));
        Assert.All(entries, entry => Assert.Equal(entry.Length == 7 ? time.Now : first, entry.WrittenAt));
        Assert.Empty(await Listed("nobody"));
    }

    [Fact]
    public async Task A_full_disk_is_told_apart_leaves_nothing_behind_and_passes()
    {
        var full = true;
        var filling = new FileBlobStore(directory.Path, time, (path, content, durable, writtenAt) =>
        {
            if (!full)
            {
                TemporaryFiles.WriteFile(path, content, durable, writtenAt);
                return;
            }
            // Half of the bytes fit; for the rest the operating system itself says that there is no space.
            File.WriteAllBytes(path, content.Span[..(content.Length / 2)].ToArray());
            using var device = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            device.Write(content.Span);
        });
        var refused = await Assert.ThrowsAsync<StorageFullException>(() => filling.Put("acme", Content, default));
        Assert.IsType<IOException>(refused.InnerException);
        await Assert.ThrowsAsync<StorageFullException>(() => filling.PutTransient("acme", "preview", Content, default));
        Assert.Empty(directory.Files);
        full = false;
        Assert.True(await filling.Verify(await filling.Put("acme", Content, default), default));
    }

    [Fact]
    public async Task A_write_that_dies_half_way_is_not_a_blob_and_is_removed_at_the_next_start_when_old()
    {
        var dying = new FileBlobStore(directory.Path, time, (path, content, _, writtenAt) =>
        {
            File.WriteAllBytes(path, content.Span[..4].ToArray());
            File.SetLastWriteTimeUtc(path, writtenAt.UtcDateTime);
            File.Copy(path, path + ".left", overwrite: true); // What a killed process leaves, since nobody runs its clean-up.
            throw new IOException("The process was killed here.");
        });
        await Assert.ThrowsAsync<IOException>(() => dying.Put("acme", Content, default));
        Assert.Single(directory.Files);
        Assert.Empty(await Listed("acme"));

        _ = new FileBlobStore(directory.Path, time);
        Assert.Single(directory.Files); // It may belong to a process that is still writing.
        time.Now += FileBlobStore.TemporaryLifetime + TimeSpan.FromDays(1);
        _ = new FileBlobStore(directory.Path, time);
        Assert.Empty(directory.Files);
    }

    [Fact]
    public void A_flush_that_fails_is_told()
    {
        using var device = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        Assert.Throws<IOException>(() => DurableFlush.File(device, "/dev/null"));
        Assert.Throws<IOException>(() => DurableFlush.Directory(Path.Combine(directory.Path, "absent")));
        DurableFlush.Directory(directory.Path);
    }

    [Fact]
    public async Task A_flush_failure_fails_the_put_and_leaves_nothing()
    {
        var failing = new FileBlobStore(directory.Path, time, (path, content, durable, writtenAt) =>
        {
            TemporaryFiles.WriteFile(path, content, durable: false, writtenAt);
            throw new IOException("fsync failed", hresult: 5);
        });
        var failure = await Assert.ThrowsAsync<IOException>(() => failing.Put("acme", Content, default));
        Assert.IsNotType<StorageFullException>(failure);
        Assert.Empty(directory.Files);
    }

    [Fact]
    public async Task A_cancelled_put_stores_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.Put("acme", Content, cancelled.Token));
        Assert.Empty(directory.Files);
    }

    [Fact]
    public async Task Transient_bytes_are_replaced_by_name_kept_apart_by_tenant_and_swept_by_age()
    {
        await store.PutTransient("acme", "job-1.preview.jpg", Content, default);
        await store.PutTransient("other", "job-1.preview.jpg", new byte[3], default);
        time.Now += TimeSpan.FromMinutes(10);
        await store.PutTransient("acme", "job-2.preview.jpg", new byte[4], default);
        await store.PutTransient("acme", "job-2.preview.jpg", new byte[5], default);

        await using (var preview = await store.OpenTransient("acme", "job-2.preview.jpg", default))
            Assert.Equal(5, preview?.Length);
        Assert.Empty(await Listed("acme"));
        Assert.Equal(0, await store.SweepTransient(name => time.Now - TimeSpan.FromMinutes(name == "job-1.preview.jpg" ? 60 : 5), default));
        Assert.Equal(2, await store.SweepTransient(_ => time.Now - TimeSpan.FromMinutes(5), default));
        Assert.Null(await store.OpenTransient("acme", "job-1.preview.jpg", default));
        Assert.True(await store.DeleteTransient("acme", "job-2.preview.jpg", default));
        Assert.False(await store.DeleteTransient("acme", "job-2.preview.jpg", default));
    }

    public static TheoryData<string> NoTenants => new()
    {
        "", ".", "..", "../acme", "acme/..", "/etc", "a/b", @"a\b", "Acme", ".temporary", ".transient", "-a", "a b", "a\0", "a:b", "é", "~", new string('a', 64),
    };

    [Theory]
    [MemberData(nameof(NoTenants))]
    public async Task A_tenant_that_could_lead_elsewhere_is_refused(string tenant)
    {
        var digest = new string('a', 64);
        Assert.Throws<FormatException>(() => new BlobKey(tenant, digest));
        Assert.False(BlobKey.TryParse($"{tenant}/{digest}", out _));
        await Assert.ThrowsAsync<FormatException>(() => store.Put(tenant, Content, default));
        await Assert.ThrowsAsync<FormatException>(async () => await Listed(tenant));
        await Assert.ThrowsAnyAsync<FormatException>(async () => await store.PutTransient(tenant, "a", Content, default));
        Assert.Empty(directory.Files);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("../../x.png")]
    [InlineData("a\0b")]
    [InlineData("a\r\nb")]
    public async Task A_transient_name_that_could_lead_elsewhere_is_refused(string name)
    {
        await Assert.ThrowsAnyAsync<FormatException>(async () => await store.PutTransient("acme", name, Content, default));
        await Assert.ThrowsAnyAsync<FormatException>(async () => await store.OpenTransient("acme", name, default));
        await Assert.ThrowsAnyAsync<FormatException>(async () => await store.DeleteTransient("acme", name, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("acme")]
    [InlineData("acme/")]
    [InlineData("acme/../../../etc/passwd")]
    [InlineData("acme/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("acme/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void A_key_of_another_form_is_not_read(string text)
    {
        Assert.False(BlobKey.TryParse(text, out _));
        Assert.Throws<FormatException>(() => BlobKey.Parse(text));
    }

    [Fact]
    public async Task A_key_that_was_never_made_opens_nothing()
    {
        await Assert.ThrowsAnyAsync<FormatException>(async () => await store.Open(default, default));
        var key = new BlobKey("a.b-c_9", new string('0', 64));
        Assert.Equal(key, BlobKey.Parse(key.ToString()));
    }

    private async Task<List<BlobEntry>> Listed(string tenant)
    {
        var entries = new List<BlobEntry>();
        await foreach (var entry in store.List(tenant, default))
            entries.Add(entry);
        return entries;
    }
}
