using Vitrine.Grains.Rendering;
using Vitrine.Provenance;

namespace Vitrine.Silo;

/// <summary>The signing chain on disk: <c>root.pem</c> (anchors that our own check trusts), <c>chain.pem</c> (leaf first), <c>leaf.key</c>.</summary>
public static class SigningFolder
{
    public const string Root = "root.pem", Chain = "chain.pem", Key = "leaf.key";

    /// <summary>Opens the chain; when the folder holds none, makes a development chain that nobody else trusts.</summary>
    public static SigningIdentity Open(string folder, string organisation, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        string At(string name) => Path.Combine(folder, name);
        if (!File.Exists(At(Key)))
        {
            var made = DevelopmentChain.Create(organisation, time.GetUtcNow());
            File.WriteAllText(At(Root), made.RootPem);
            File.WriteAllText(At(Chain), made.ChainPem);
            // Last: where the key is, the chain is complete too.
            PrivateFile.Write(At(Key), made.LeafKeyPem);
        }
        return new SigningIdentity(new EcdsaClaimSigner(File.ReadAllText(At(Chain)), File.ReadAllText(At(Key))), TrustAnchors.FromPem(File.ReadAllText(At(Root))));
    }
}
