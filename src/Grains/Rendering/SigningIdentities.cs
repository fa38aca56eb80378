using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;

namespace Vitrine.Grains.Rendering;

/// <summary>Who signs for which tenant. Asked for every picture, so that a chain can be changed while the silo runs.</summary>
public interface ISigningIdentities
{
    SigningIdentity Of(TenantId tenant);
}

/// <summary>Who signs, and whose roots our own check of each output trusts; by itself it is the same for every tenant.</summary>
/// <param name="TimeStamps">Who attests when it was signed, or null for nobody; then a signature ends with its certificate.</param>
public sealed record SigningIdentity(IClaimSigner Signer, TrustAnchors Anchors, ITimeStampAuthority? TimeStamps = null) : ISigningIdentities
{
    public SigningIdentity Of(TenantId tenant) => this;
}
