using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>A lawful file, what it shows, what it says, and where it is worth changing.</summary>
internal sealed class HostileFile
{
    private readonly StoreFrame frame;
    private readonly (int Start, int End)[] certificates;

    public HostileFile(string name, byte[] file)
    {
        (Name, File) = (name, file);
        frame = Carrier.Open(file).Stores[0];
        Content = Carrier.Open(file).CopyWithoutStores();
        Statement = StatementOf(Samples.Verify(file));
        certificates = [.. Samples.Signer.CertificateChainDer.Append(Samples.TimeStampAuthorityDer)
            .SelectMany(der => Occurrences(file, der).Select(at => (at, at + der.Length)))];
    }

    public string Name { get; }

    public byte[] File { get; }

    public byte[] Content { get; }

    public string Statement { get; }

    /// <summary>Mostly in the store, and seldom in a certificate, because a new certificate costs a new chain to judge.</summary>
    public int Place(Random random)
    {
        while (true)
        {
            int at = random.Next(6) == 0 ? random.Next(File.Length) : frame.Start + random.Next(frame.FrameLength);
            if (!certificates.Any(c => at >= c.Start && at < c.End) || random.Next(60) == 0) return at;
        }
    }

    /// <summary>All that a verdict says and the signature covers: the labels of manifests are not, and a stamp may be lost.</summary>
    public static string StatementOf(CredentialVerdict verdict)
    {
        ManifestSummary manifest = verdict.Manifest!;
        return string.Join("\n",
            manifest.InstanceId, manifest.Title, manifest.GeneratorName, manifest.GeneratorVersion, manifest.SignerOrganisation, manifest.SignerName, manifest.DoNotTrain,
            string.Join(",", manifest.Actions), string.Join(",", manifest.Ingredients.Select(i => $"{i.Title} {i.MediaType} {i.Relationship} {i.Description} {string.Join(" ", i.RecordedFailures)}")),
            string.Join(",", manifest.SoftBindings.Select(b => b.Algorithm + Convert.ToHexString(b.Value.Span))));
    }

    /// <summary>One of every format, and of every kind of manifest that is written.</summary>
    public static async Task<HostileFile[]> All()
    {
        using var authority = new DevelopmentTimeStampAuthority(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);
        var files = new List<HostileFile>(Samples.AllFileNames.Select(n => new HostileFile(n, Samples.Signed(n))));
        foreach (string name in new[] { "small.png", "small.jpg", "extended.webp", "clip.mp4" })
        {
            byte[] stamped = (await ContentCredentials.Sign(Samples.Read(name), Samples.Numbered(20), Samples.Signer, authority, default)).Bytes;
            files.Add(new(name + ", stamped", stamped));
            files.Add(new(name + ", made of three", ContentCredentials.Sign(Samples.Read(name), Samples.Numbered(21) with
            {
                Ingredients = [Samples.TakeIn(stamped), Samples.TakeIn(Samples.Signed("small.jpg"), IngredientRole.Component), Samples.TakeIn(Samples.Read(name), IngredientRole.Input)],
                SoftBinding = new("app.vitrine.watermark.1", new byte[] { 1, 2, 3 }),
            }, Samples.Signer)));
        }
        files.Add(new("updated film", await ContentCredentials.AddTimeStamp(
            Samples.Signed("clip.mp4"), new("9c1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", Samples.Now, "Vitrine", "0.1.0"), Samples.Signer, authority, Samples.Anchors, Samples.Now, default)));
        return [.. files];
    }

    private static IEnumerable<int> Occurrences(byte[] file, byte[] part)
    {
        for (int from = 0; ;)
        {
            int at = file.AsSpan(from).IndexOf(part);
            if (at < 0) yield break;
            yield return from + at;
            from += at + part.Length;
        }
    }
}
